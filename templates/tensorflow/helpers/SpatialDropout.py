class SpatialDropout(tf.Module):
    """Drops the share `rate` of the channels in training."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def __call__(self, x, training=False):
        if not training:
            return x
        shape = tf.shape(x)
        return tf.nn.dropout(x, rate=self.rate, noise_shape=[shape[0], 1, 1, shape[-1]])
