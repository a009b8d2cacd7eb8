def squash(x):
    """Shortens vectors to a length below 1, and keeps their directions."""
    square = T.sqr(x).sum(axis=-1, keepdims=True)
    return x * T.sqrt(square) / (1 + square)
