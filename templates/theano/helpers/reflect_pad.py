def reflect_pad(x, amounts):
    """What lies before a border, in reverse, without the border itself."""
    for axis, n in enumerate(amounts, start=2):
        x = x.swapaxes(axis, x.ndim - 1)
        size = x.shape[-1]
        parts = [x[..., 1 : n + 1][..., ::-1], x, x[..., size - n - 1 : size - 1][..., ::-1]]
        x = T.concatenate(parts, axis=x.ndim - 1).swapaxes(axis, x.ndim - 1)
    return x
