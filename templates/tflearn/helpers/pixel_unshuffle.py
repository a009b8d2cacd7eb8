def pixel_unshuffle(x, scale):
    """The channels are counted as (c, dy, dx); `tf.space_to_depth` gives (dy, dx, c)."""
    height, width, channels = x.shape.as_list()[1:]
    y = tf.space_to_depth(x, scale)
    y = tf.reshape(y, [-1, height // scale, width // scale, scale**2, channels])
    y = tf.transpose(y, [0, 1, 2, 4, 3])
    return tf.reshape(y, [-1, height // scale, width // scale, channels * scale**2])
