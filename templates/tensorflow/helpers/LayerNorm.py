class LayerNorm(tf.Module):
    """Over the last axis."""

    def __init__(self, features, eps):
        super().__init__()
        self.scale = tf.Variable(tf.ones([features], DTYPE))
        self.shift = tf.Variable(tf.zeros([features], DTYPE))
        self.eps = eps

    def __call__(self, x, training=False):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, self.shift, self.scale, self.eps)
