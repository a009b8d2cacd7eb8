class DropPath(tf.Module):
    """Drops the share `rate` of the samples in training."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def __call__(self, x, training=False):
        if not training:
            return x
        noise_shape = [tf.shape(x)[0], *[1] * (x.shape.rank - 1)]
        return tf.nn.dropout(x, rate=self.rate, noise_shape=noise_shape)
