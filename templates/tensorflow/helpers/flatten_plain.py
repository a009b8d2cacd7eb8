def flatten_plain(x):
    """All values of an example in one axis."""
    return tf.reshape(x, [tf.shape(x)[0], -1])
