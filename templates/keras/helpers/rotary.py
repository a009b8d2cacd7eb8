def rotary(x, halves=False):
    """Turns each pair of features by an angle that grows with the position."""
    length, width = x.shape[-2:]
    angles = [[t / 10000 ** (2 * i / width) for i in range(width // 2)] for t in range(length)]
    sin, cos = (ops.array(wave, dtype=x.dtype) for wave in (np.sin(angles), np.cos(angles)))
    if halves:
        a, b = ops.split(x, 2, axis=-1)
        return ops.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
    a, b = x[..., ::2], x[..., 1::2]
    y = ops.stack([a * cos - b * sin, b * cos + a * sin], axis=-1)
    return ops.reshape(y, (-1, *x.shape[1:]))
