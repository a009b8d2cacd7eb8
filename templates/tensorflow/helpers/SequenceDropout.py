class SequenceDropout(tf.Module):
    """Drops the share `rate` of the features in training, the same ones in every step."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def __call__(self, x, training=False):
        if not training:
            return x
        return tf.nn.dropout(x, rate=self.rate, noise_shape=[tf.shape(x)[0], 1, x.shape[-1]])
