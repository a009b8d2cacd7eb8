def squash(x):
    """Shortens vectors to a length below 1, and keeps their directions."""
    square = tf.reduce_sum(x * x, axis=-1, keepdims=True)
    return x * tf.sqrt(square) / (1 + square)
