def channel_shuffle(x, groups):
    """y[i * groups + g] = x[g * (C / groups) + i] along the channels."""
    batch, channels, *sizes = x.shape
    x = x.reshape(batch, groups, channels // groups, *sizes)
    return x.swapaxes(1, 2).reshape(batch, channels, *sizes)
