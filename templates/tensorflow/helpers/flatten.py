def flatten(x):
    """All values of a map in one axis: channel by channel, as in the paper."""
    return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [tf.shape(x)[0], -1])
