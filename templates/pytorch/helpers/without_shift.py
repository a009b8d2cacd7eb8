def without_shift(norm):
    """A normalisation that learns a factor alone."""
    norm.bias = None
    return norm
