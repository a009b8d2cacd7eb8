@keras.saving.register_keras_serializable()
class Bilinear(Layer):
    """A bilinear form for each unit."""

    def __init__(self, units, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.units, self.use_bias = units, use_bias

    def build(self, a_shape, b_shape):
        self.kernel = self.add_weight((self.units, a_shape[-1], b_shape[-1]), name="kernel")
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight((self.units,), initializer="zeros", name="bias")

    def call(self, a, b):
        y = ops.einsum("bi,uij,bj->bu", a, self.kernel, b)
        return y if self.bias is None else y + self.bias

    def compute_output_shape(self, a_shape, b_shape):
        return a_shape[0], self.units

    def get_config(self):
        return {**super().get_config(), "units": self.units, "use_bias": self.use_bias}
