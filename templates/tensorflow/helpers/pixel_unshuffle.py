def pixel_unshuffle(x, scale):
    """The channels are counted as (c, dy, dx); tf.nn.space_to_depth gives (dy, dx, c)."""
    channels = x.shape[3]
    x = tf.nn.space_to_depth(x, scale)
    shape = tf.shape(x)
    x = tf.reshape(x, [*tf.unstack(shape)[:3], scale**2, channels])
    return tf.reshape(tf.transpose(x, [0, 1, 2, 4, 3]), shape)
