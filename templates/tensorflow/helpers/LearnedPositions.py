class LearnedPositions(tf.Module):
    """A vector for each position, added."""

    def __init__(self, length, features):
        super().__init__()
        self.table = tf.Variable(tf.random.normal([length, features], stddev=0.02, dtype=DTYPE))

    def __call__(self, x, training=False):
        return x + self.table[: tf.shape(x)[1]]
