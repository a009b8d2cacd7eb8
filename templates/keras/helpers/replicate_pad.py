def replicate_pad(x, amounts):
    """Repeats the edges of maps, so often on both sides of each spatial axis."""
    for axis, n in enumerate(amounts, start=1):
        first, last = ops.take(x, [0], axis=axis), ops.take(x, [-1], axis=axis)
        x = ops.concatenate([first] * n + [x] + [last] * n, axis=axis)
    return x
