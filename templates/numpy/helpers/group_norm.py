def group_norm(net, x, groups, eps):
    """(x - mean) / sqrt(variance + eps) in each group of channels, then a scale and a shift."""
    channels = x.shape[1]
    scale, shift = net.constant(channels, 1.0), net.constant(channels)
    y = x.reshape(len(x), groups, -1)
    y = (y - y.mean(axis=2, keepdims=True)) / np.sqrt(y.var(axis=2, keepdims=True) + eps)
    each = (-1, *(1 for _ in x.shape[2:]))
    return y.reshape(x.shape) * scale.reshape(each) + shift.reshape(each)
