class Dense(tf.Module):
    """A linear map of the last axis."""

    def __init__(self, in_features, units, bias=True):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([in_features, units]), name="kernel")
        self.bias = tf.Variable(tf.zeros([units], DTYPE), name="bias") if bias else None

    def __call__(self, x, training=False):
        y = x @ self.kernel
        return y if self.bias is None else y + self.bias
