def channel_shuffle(x, groups):
    """One channel of each group after the other."""
    *sizes, channels = x.shape.as_list()[1:]
    y = tf.reshape(x, [-1, *sizes, groups, channels // groups])
    rank = len(sizes) + 3
    y = tf.transpose(y, [*range(rank - 2), rank - 1, rank - 2])
    return tf.reshape(y, [-1, *sizes, channels])
