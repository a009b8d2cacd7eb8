class RMSNorm(tf.Module):
    """Over the last axis."""

    def __init__(self, features, eps):
        super().__init__()
        self.scale = tf.Variable(tf.ones([features], DTYPE))
        self.eps = eps

    def __call__(self, x, training=False):
        squares = tf.reduce_mean(tf.square(x), axis=-1, keepdims=True)
        return x * tf.math.rsqrt(squares + self.eps) * self.scale
