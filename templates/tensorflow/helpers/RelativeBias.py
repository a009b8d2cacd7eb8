class RelativeBias(tf.Module):
    """Adds to scores a learned number of the distance, one for each head."""

    def __init__(self, heads, distance):
        super().__init__()
        self.table = tf.Variable(tf.zeros([2 * distance + 1, heads], DTYPE), name="table")
        self.distance = distance

    def __call__(self, x, training=False):
        queries, keys = (tf.range(tf.shape(x)[axis]) for axis in (2, 3))
        places = tf.clip_by_value(keys - queries[:, None], -self.distance, self.distance)
        bias = tf.gather(self.table, places + self.distance)
        return x + tf.transpose(bias, [2, 0, 1])
