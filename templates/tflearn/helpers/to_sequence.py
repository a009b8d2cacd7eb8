def to_sequence(x):
    """A map as a sequence of its positions, row by row."""
    return tflearn.reshape(x, [-1, x.shape[1:-1].num_elements(), x.shape[-1].value])
