def sinusoids(x, halves=False):
    """Positions as waves of growing length; sine and cosine in turns, or in halves."""
    length, width = tf.shape(x)[1], x.shape[2]
    rates = tf.constant([10000 ** (-2 * i / width) for i in range(width // 2)], x.dtype)
    angles = tf.cast(tf.range(length), x.dtype)[:, None] * rates
    waves = [tf.sin(angles), tf.cos(angles)]
    if halves:
        return tf.concat(waves, axis=-1)
    return tf.reshape(tf.stack(waves, axis=-1), [length, width])
