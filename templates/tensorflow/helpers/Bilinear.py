class Bilinear(tf.Module):
    """A bilinear form for each unit."""

    def __init__(self, left, right, units, bias=True):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([units, left, right]), name="kernel")
        self.bias = tf.Variable(tf.zeros([units], DTYPE), name="bias") if bias else None

    def __call__(self, a, b, training=False):
        y = tf.einsum("bi,uij,bj->bu", a, self.kernel, b)
        return y if self.bias is None else y + self.bias
