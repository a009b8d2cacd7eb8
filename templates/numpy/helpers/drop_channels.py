def drop_channels(net, x, rate):
    """In training, each channel is 0 with probability `rate`, else divided by 1 - rate."""
    if not net.training:
        return x
    kept = np.random.rand(*x.shape[:2]) >= rate
    return x * kept.reshape(*x.shape[:2], *[1] * (x.ndim - 2)) / (1 - rate)
