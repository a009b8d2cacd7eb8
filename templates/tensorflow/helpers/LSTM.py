class LSTM(tf.Module):
    """From x to every output, the last output and the last cell; gates in the order i, f, g, o."""

    def __init__(self, in_features, units):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([in_features, 4 * units]), name="kernel")
        self.recurrent = tf.Variable(glorot_uniform([units, 4 * units]), name="recurrent")
        self.bias = tf.Variable(tf.zeros([4 * units], DTYPE), name="bias")

    def __call__(self, x, h=None, c=None, training=False):
        def step(state, gates):
            h, c = state
            i, f, g, o = tf.split(gates + h @ self.recurrent, 4, axis=-1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            return tf.sigmoid(o) * tf.tanh(c), c

        gates = tf.transpose(x @ self.kernel + self.bias, [1, 0, 2])
        if h is None:
            h = c = tf.zeros([tf.shape(x)[0], self.recurrent.shape[0]], x.dtype)
        h, c = tf.scan(step, gates, initializer=(h, c))
        return tf.transpose(h, [1, 0, 2]), h[-1], c[-1]
