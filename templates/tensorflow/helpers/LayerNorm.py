class LayerNorm(tf.Module):
    """Over the last axis."""

    def __init__(self, features, eps):
        super().__init__()
        self.scale = tf.Variable(tf.ones([features], DTYPE), name="scale")
        self.offset = tf.Variable(tf.zeros([features], DTYPE), name="offset")
        self.eps = eps

    def __call__(self, x, training=False):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return tf.nn.batch_normalization(
            x, mean, variance, offset=self.offset, scale=self.scale, variance_epsilon=self.eps
        )
