def pixel_shuffle(x, scale):
    """The channels are counted as (c, dy, dx), as in the paper."""
    height, width, channels = x.shape[1:]
    x = ops.reshape(x, (-1, height, width, channels // scale**2, scale, scale))
    x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
    return ops.reshape(x, (-1, height * scale, width * scale, channels // scale**2))
