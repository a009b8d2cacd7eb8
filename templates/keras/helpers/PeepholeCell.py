@keras.saving.register_keras_serializable()
class PeepholeCell(Layer):
    """An LSTM whose gates see the cell; the output gate sees the new one. Gates: i, f, g, o."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]

    def build(self, shape):
        self.kernel = self.add_weight((shape[-1], 4 * self.units), name="kernel")
        self.recurrent = self.add_weight((self.units, 4 * self.units), name="recurrent")
        self.bias = self.add_weight((4 * self.units,), initializer="zeros", name="bias")
        self.peephole = self.add_weight((3, self.units), name="peephole")

    def call(self, x, states):
        h, c = states
        to_i, to_f, to_o = self.peephole[0], self.peephole[1], self.peephole[2]
        gates = ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent) + self.bias
        i, f, g, o = ops.split(gates, 4, axis=-1)
        c = ops.sigmoid(f + to_f * c) * c + ops.sigmoid(i + to_i * c) * ops.tanh(g)
        h = ops.sigmoid(o + to_o * c) * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
