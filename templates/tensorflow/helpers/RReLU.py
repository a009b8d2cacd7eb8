class RReLU(tf.Module):
    """A ReLU with a random slope below zero in training, and the mean slope else."""

    def __init__(self, low, high):
        super().__init__()
        self.low, self.high = low, high

    def __call__(self, x, training=False):
        slope = (self.low + self.high) / 2
        if training:
            slope = tf.random.uniform(tf.shape(x), self.low, self.high, x.dtype)
        return tf.where(x > 0, x, slope * x)
