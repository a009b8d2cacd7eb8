def squash(x):
    """Shortens vectors to a length below 1, and keeps their directions."""
    square = (x * x).sum(axis=-1, keepdims=True)
    return x * np.sqrt(square) / (1 + square)
