class PReLU(tf.Module):
    """A ReLU with a learned negative slope for each channel."""

    def __init__(self, channels, init):
        super().__init__()
        self.slope = tf.Variable(tf.constant(init, DTYPE, shape=[channels]), name="slope")

    def __call__(self, x, training=False):
        return tf.where(x > 0, x, self.slope * x)
