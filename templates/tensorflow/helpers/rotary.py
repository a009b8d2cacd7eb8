def rotary(x, halves=False):
    """Turns each pair of features by an angle that grows with the position."""
    width = x.shape[-1]
    rates = tf.constant([10000 ** (-2 * i / width) for i in range(width // 2)], x.dtype)
    angles = tf.cast(tf.range(tf.shape(x)[-2]), x.dtype)[:, None] * rates
    a, b = tf.split(x, 2, axis=-1) if halves else (x[..., ::2], x[..., 1::2])
    sin, cos = tf.sin(angles), tf.cos(angles)
    turned = [a * cos - b * sin, b * cos + a * sin]
    if halves:
        return tf.concat(turned, axis=-1)
    return tf.reshape(tf.stack(turned, axis=-1), tf.shape(x))
