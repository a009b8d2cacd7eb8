def without_scale(norm):
    """A normalisation that learns an offset alone."""
    norm.weight = None
    return norm
