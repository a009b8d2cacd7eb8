def channel_shuffle(x, groups):
    """One channel of each group after the other."""
    sizes = [x.shape[i] for i in range(2, x.ndim)]
    y = x.reshape((x.shape[0], groups, x.shape[1] // groups, *sizes))
    y = y.dimshuffle(0, 2, 1, *range(3, x.ndim + 1))
    return y.reshape((x.shape[0], x.shape[1], *sizes))
