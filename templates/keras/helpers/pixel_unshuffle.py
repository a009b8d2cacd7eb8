def pixel_unshuffle(x, scale):
    """The channels are counted as (c, dy, dx)."""
    height, width, channels = x.shape[1:]
    x = ops.reshape(x, (-1, height // scale, scale, width // scale, scale, channels))
    x = ops.transpose(x, (0, 1, 3, 5, 2, 4))
    return ops.reshape(x, (-1, height // scale, width // scale, channels * scale**2))
