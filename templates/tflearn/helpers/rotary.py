def rotary(x, halves=False):
    """Turns each pair of features by an angle that grows with the position."""
    length, width = x.shape.as_list()[-2:]
    rates = tf.constant([10000 ** (-2 * i / width) for i in range(width // 2)], x.dtype)
    angles = tf.cast(tf.range(length), x.dtype)[:, None] * rates
    a, b = tf.split(x, 2, axis=-1) if halves else (x[..., ::2], x[..., 1::2])
    sin, cos = tf.sin(angles), tf.cos(angles)
    turned = [a * cos - b * sin, b * cos + a * sin]
    if halves:
        return tf.concat(turned, axis=-1)
    return tf.reshape(tf.stack(turned, axis=-1), [-1, *x.shape.as_list()[1:]])
