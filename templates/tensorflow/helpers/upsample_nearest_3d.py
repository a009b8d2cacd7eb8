def upsample_nearest_3d(x, scale):
    """Repeats the planes, rows and columns of a map."""
    for axis in (1, 2, 3):
        x = tf.repeat(x, scale, axis=axis)
    return x
