def flatten(x):
    """All values of a map in one axis: channel by channel, as in the paper."""
    return tf.reshape(tf.einsum("b...c->bc...", x), [tf.shape(x)[0], -1])
