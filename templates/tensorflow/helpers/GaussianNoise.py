class GaussianNoise(tf.Module):
    """Adds normal numbers in training."""

    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def __call__(self, x, training=False):
        noise = tf.random.normal(tf.shape(x), stddev=self.deviation, dtype=x.dtype)
        return x + noise if training else x
