def gru(x, units, reset_after, h=None):
    """A GRU with its gates in the order z, r, h: every state, and the last one."""
    steps, width = x.shape.as_list()[1:]
    with tf.variable_scope(None, default_name="GRU"):
        kernel = tflearn.variable("kernel", [width, 3 * units], initializer="truncated_normal")
        recurrent = tflearn.variable(
            "recurrent", [units, 3 * units], initializer="truncated_normal"
        )
        bias = tflearn.variable("bias", [3 * units], initializer="zeros")
        if reset_after:
            recurrent_bias = tflearn.variable("recurrent_bias", [3 * units], initializer="zeros")
        projected = tf.tensordot(x, kernel, 1) + bias
        if h is None:
            h = tf.zeros([tf.shape(x)[0], units], x.dtype)
        states = []
        for t in range(steps):
            z, r, n = tf.split(projected[:, t], 3, axis=-1)
            if reset_after:
                from_z, from_r, from_n = tf.split(tf.matmul(h, recurrent) + recurrent_bias, 3, -1)
            else:
                from_z, from_r = tf.split(tf.matmul(h, recurrent[:, : 2 * units]), 2, axis=-1)
            z, r = tf.sigmoid(z + from_z), tf.sigmoid(r + from_r)
            if reset_after:
                candidate = r * from_n
            else:
                candidate = tf.matmul(r * h, recurrent[:, 2 * units :])
            h = z * h + (1 - z) * tf.tanh(n + candidate)
            states.append(h)
        return tf.stack(states, axis=1), h
