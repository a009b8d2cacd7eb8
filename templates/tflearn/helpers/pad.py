def pad(x, amount, value=0.0):
    """Pad a map: `amount` is a number, or for each spatial axis a number or [before, after]."""
    amount = amount if isinstance(amount, tuple) else (amount,) * (len(x.shape) - 2)
    pairs = [a if isinstance(a, list) else [a, a] for a in amount]
    return tf.pad(x, [[0, 0], *pairs, [0, 0]], constant_values=value)
