class ClassToken(tf.Module):
    """A learned vector in front of a sequence."""

    def __init__(self, features):
        super().__init__()
        self.token = tf.Variable(tf.zeros([features], DTYPE))

    def __call__(self, x, training=False):
        token = tf.broadcast_to(self.token, [tf.shape(x)[0], 1, x.shape[2]])
        return tf.concat([token, x], axis=1)
