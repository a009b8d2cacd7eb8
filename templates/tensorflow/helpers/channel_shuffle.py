def channel_shuffle(x, groups):
    """One channel of each group after the other."""
    shape, rank = tf.shape(x), x.shape.rank
    x = tf.reshape(x, [*tf.unstack(shape)[:-1], groups, x.shape[-1] // groups])
    return tf.reshape(tf.transpose(x, [*range(rank - 1), rank, rank - 1]), shape)
