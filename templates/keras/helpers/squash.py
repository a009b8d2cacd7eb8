def squash(x):
    """Shortens vectors to a length below 1, and keeps their directions."""
    square = ops.sum(x * x, axis=-1, keepdims=True)
    return x * ops.sqrt(square) / (1 + square)
