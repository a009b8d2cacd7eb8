def pixel_shuffle(x, scale):
    """The channels are counted as (c, dy, dx); `tf.depth_to_space` wants (dy, dx, c)."""
    height, width, channels = x.shape.as_list()[1:]
    y = tf.reshape(x, [-1, height, width, channels // scale**2, scale**2])
    y = tf.reshape(tf.transpose(y, [0, 1, 2, 4, 3]), [-1, height, width, channels])
    return tf.depth_to_space(y, scale)
