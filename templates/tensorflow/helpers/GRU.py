class GRU(tf.Module):
    """From x to every state and the last one; gates in the order z, r, h."""

    def __init__(self, in_features, units, reset_after):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([in_features, 3 * units]))
        self.recurrent = tf.Variable(glorot_uniform([units, 3 * units]))
        self.bias = tf.Variable(tf.zeros([3 * units], DTYPE))
        if reset_after:
            self.recurrent_bias = tf.Variable(tf.zeros([3 * units], DTYPE))
        self.units, self.reset_after = units, reset_after

    def __call__(self, x, h=None, training=False):
        def after(h, projected):
            z, r, n = tf.split(projected, 3, axis=-1)
            from_z, from_r, from_n = tf.split(h @ self.recurrent + self.recurrent_bias, 3, axis=-1)
            z, r = tf.sigmoid(z + from_z), tf.sigmoid(r + from_r)
            return z * h + (1 - z) * tf.tanh(n + r * from_n)

        def before(h, projected):
            z, r, n = tf.split(projected, 3, axis=-1)
            gates, candidate = tf.split(self.recurrent, [2 * self.units, self.units], axis=-1)
            from_z, from_r = tf.split(h @ gates, 2, axis=-1)
            z, r = tf.sigmoid(z + from_z), tf.sigmoid(r + from_r)
            return z * h + (1 - z) * tf.tanh(n + (r * h) @ candidate)

        projected = tf.transpose(x @ self.kernel + self.bias, [1, 0, 2])
        if h is None:
            h = tf.zeros([tf.shape(x)[0], self.units], x.dtype)
        h = tf.scan(after if self.reset_after else before, projected, initializer=h)
        return tf.transpose(h, [1, 0, 2]), h[-1]
