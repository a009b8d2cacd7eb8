class PeepholeLSTM(tf.Module):
    """An LSTM whose gates see the cell; the output gate sees the new one. Gates: i, f, g, o."""

    def __init__(self, in_features, units):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([in_features, 4 * units]))
        self.recurrent = tf.Variable(glorot_uniform([units, 4 * units]))
        self.bias = tf.Variable(tf.zeros([4 * units], DTYPE))
        self.peephole = tf.Variable(tf.zeros([3, units], DTYPE))

    def __call__(self, x, training=False):
        to_i, to_f, to_o = tf.unstack(self.peephole)

        def step(state, gates):
            h, c = state
            i, f, g, o = tf.split(gates + h @ self.recurrent, 4, axis=-1)
            c = tf.sigmoid(f + to_f * c) * c + tf.sigmoid(i + to_i * c) * tf.tanh(g)
            return tf.sigmoid(o + to_o * c) * tf.tanh(c), c

        gates = tf.transpose(x @ self.kernel + self.bias, [1, 0, 2])
        zeros = tf.zeros([tf.shape(x)[0], self.recurrent.shape[0]], x.dtype)
        h, c = tf.scan(step, gates, initializer=(zeros, zeros))
        return tf.transpose(h, [1, 0, 2]), h[-1], c[-1]
