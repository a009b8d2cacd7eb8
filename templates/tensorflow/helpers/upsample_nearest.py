def upsample_nearest(x, scale):
    """Repeats the rows and columns of a map."""
    return tf.repeat(tf.repeat(x, scale, axis=1), scale, axis=2)
