def pixel_shuffle(x, scale):
    """The channels are counted as (c, dy, dx), as in the paper."""
    batch, channels, height, width = (x.shape[i] for i in range(4))
    x = x.reshape((batch, channels // scale**2, scale, scale, height, width))
    x = x.dimshuffle(0, 1, 4, 2, 5, 3)
    return x.reshape((batch, channels // scale**2, height * scale, width * scale))
