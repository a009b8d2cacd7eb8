class AlphaDropout(tf.Module):
    """Replaces the share `rate` by SELU's least value in training; mean and variance stay."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def __call__(self, x, training=False):
        if not training:
            return x
        least = -1.7580993408473766
        scale = ((1 - self.rate) * (1 + self.rate * least**2)) ** -0.5
        kept = tf.random.uniform(tf.shape(x), dtype=x.dtype) >= self.rate
        return scale * (tf.where(kept, x, least) - self.rate * least)
