class Dropout(tf.Module):
    """Drops the share `rate` of the values in training."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def __call__(self, x, training=False):
        return tf.nn.dropout(x, rate=self.rate) if training else x
