def to_sequence(x):
    """The positions of a map, row by row, as a sequence of their channels."""
    return tf.reshape(x, [tf.shape(x)[0], -1, x.shape[-1]])
