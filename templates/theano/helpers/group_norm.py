def group_norm(net, x, channels, groups, eps):
    """Over groups of neighbouring channels and all positions."""
    scale, shift = net.constant(channels, 1.0), net.constant(channels)
    y = x.reshape((x.shape[0], groups, -1))
    y = y - y.mean(axis=2, keepdims=True)
    y = y / T.sqrt(T.sqr(y).mean(axis=2, keepdims=True) + eps)
    each = ("x", 0, *("x" for _ in range(x.ndim - 2)))
    return y.reshape(x.shape, ndim=x.ndim) * scale.dimshuffle(each) + shift.dimshuffle(each)
