def replicate_pad(x, amounts):
    """Repeats the edges of maps, so often on both sides of each spatial axis."""
    for axis, n in enumerate(amounts, start=1):
        size = tf.shape(x)[axis]
        x = tf.gather(x, tf.clip_by_value(tf.range(-n, size + n), 0, size - 1), axis=axis)
    return x
