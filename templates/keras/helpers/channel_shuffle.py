def channel_shuffle(x, groups):
    """One channel of each group after the other."""
    *sizes, channels = x.shape[1:]
    x = ops.reshape(x, (-1, *sizes, groups, channels // groups))
    return ops.reshape(ops.swapaxes(x, -1, -2), (-1, *sizes, channels))
