class GroupNorm(tf.Module):
    """Over groups of neighbouring channels and all positions."""

    def __init__(self, channels, groups, eps):
        super().__init__()
        self.scale = tf.Variable(tf.ones([channels], DTYPE))
        self.shift = tf.Variable(tf.zeros([channels], DTYPE))
        self.groups, self.eps = groups, eps

    def __call__(self, x, training=False):
        shape = tf.shape(x)
        y = tf.reshape(x, [shape[0], -1, self.groups, x.shape[-1] // self.groups])
        mean, variance = tf.nn.moments(y, axes=[1, 3], keepdims=True)
        y = tf.nn.batch_normalization(y, mean, variance, None, None, self.eps)
        return tf.reshape(y, shape) * self.scale + self.shift
