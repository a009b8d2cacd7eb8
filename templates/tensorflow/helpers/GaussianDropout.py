class GaussianDropout(tf.Module):
    """Multiplies by normal numbers of mean 1 and variance rate / (1 - rate) in training."""

    def __init__(self, rate):
        super().__init__()
        self.deviation = (rate / (1 - rate)) ** 0.5

    def __call__(self, x, training=False):
        noise = tf.random.normal(tf.shape(x), mean=1.0, stddev=self.deviation, dtype=x.dtype)
        return x * noise if training else x
