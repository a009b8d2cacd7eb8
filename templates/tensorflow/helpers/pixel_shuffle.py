def pixel_shuffle(x, scale):
    """The channels are counted as (c, dy, dx); tf.nn.depth_to_space wants (dy, dx, c)."""
    shape = tf.shape(x)
    x = tf.reshape(x, [*tf.unstack(shape)[:3], x.shape[3] // scale**2, scale**2])
    return tf.nn.depth_to_space(tf.reshape(tf.transpose(x, [0, 1, 2, 4, 3]), shape), scale)
