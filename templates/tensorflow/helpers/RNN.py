class RNN(tf.Module):
    """From x to every state and the last one."""

    def __init__(self, in_features, units, activation):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([in_features, units]))
        self.recurrent = tf.Variable(glorot_uniform([units, units]))
        self.bias = tf.Variable(tf.zeros([units], DTYPE))
        self.activation = activation

    def __call__(self, x, h=None, training=False):
        def step(h, projected):
            return self.activation(projected + h @ self.recurrent)

        projected = tf.transpose(x @ self.kernel + self.bias, [1, 0, 2])
        if h is None:
            h = tf.zeros([tf.shape(x)[0], self.recurrent.shape[0]], x.dtype)
        h = tf.scan(step, projected, initializer=h)
        return tf.transpose(h, [1, 0, 2]), h[-1]
