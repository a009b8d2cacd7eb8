def peephole_lstm(x, units):
    """An LSTM whose gates see the cell; the output gate sees the new one. Gates: i, f, g, o."""
    steps, width = x.shape.as_list()[1:]
    with tf.variable_scope(None, default_name="PeepholeLSTM"):
        kernel = tflearn.variable("kernel", [width, 4 * units], initializer="truncated_normal")
        recurrent = tflearn.variable(
            "recurrent", [units, 4 * units], initializer="truncated_normal"
        )
        bias = tflearn.variable("bias", [4 * units], initializer="zeros")
        to_i, to_f, to_o = tf.unstack(tflearn.variable("peephole", [3, units], initializer="zeros"))
        projected = tf.tensordot(x, kernel, 1) + bias
        h = c = tf.zeros([tf.shape(x)[0], units], x.dtype)
        states = []
        for t in range(steps):
            i, f, g, o = tf.split(projected[:, t] + tf.matmul(h, recurrent), 4, axis=-1)
            c = tf.sigmoid(f + to_f * c) * c + tf.sigmoid(i + to_i * c) * tf.tanh(g)
            h = tf.sigmoid(o + to_o * c) * tf.tanh(c)
            states.append(h)
        return tf.stack(states, axis=1), h, c
