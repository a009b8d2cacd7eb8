def rotary(x, halves=False):
    """Turns each pair of features by an angle that grows with the position."""
    width = x.shape[-1]
    rates = 10000.0 ** (-2.0 * T.arange(width // 2) / width)
    angles = T.cast(T.arange(x.shape[-2]).dimshuffle(0, "x") * rates, x.dtype)
    sin, cos = T.sin(angles), T.cos(angles)
    if halves:
        a, b = x[..., : width // 2], x[..., width // 2 :]
        return T.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
    a, b = x[..., ::2], x[..., 1::2]
    return T.stack([a * cos - b * sin, b * cos + a * sin], axis=-1).reshape(x.shape, ndim=x.ndim)
