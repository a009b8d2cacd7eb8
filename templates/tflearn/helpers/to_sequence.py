def to_sequence(x):
    """A map as a sequence of its positions, row by row."""
    _, height, width, channels = x.get_shape().as_list()
    return tflearn.reshape(x, [-1, height * width, channels])
