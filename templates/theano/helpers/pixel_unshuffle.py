def pixel_unshuffle(x, scale):
    """The channels are counted as (c, dy, dx)."""
    batch, channels, height, width = (x.shape[i] for i in range(4))
    x = x.reshape((batch, channels, height // scale, scale, width // scale, scale))
    x = x.dimshuffle(0, 1, 3, 5, 2, 4)
    return x.reshape((batch, channels * scale**2, height // scale, width // scale))
