class Affine(tf.Module):
    """A factor and an offset for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.scale = tf.Variable(tf.ones([channels], DTYPE), name="scale")
        self.offset = tf.Variable(tf.zeros([channels], DTYPE), name="offset")

    def __call__(self, x, training=False):
        return x * self.scale + self.offset
