class Bilinear(Layer):
    """A bilinear form for each unit."""

    def __init__(self, units, bias=True):
        super().__init__()
        self.units, self.use_bias = units, bias

    def build(self, a_shape, b_shape):
        shape = (self.units, a_shape[-1], b_shape[-1])
        self.kernel = self.add_weight(shape=shape, name="kernel")
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, a, b):
        y = ops.einsum("bi,uij,bj->bu", a, self.kernel, b)
        return y if self.bias is None else y + self.bias
