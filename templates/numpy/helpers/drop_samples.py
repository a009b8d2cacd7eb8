def drop_samples(net, x, rate):
    """In training, each sample is 0 with probability `rate`, else divided by 1 - rate."""
    if not net.training:
        return x
    kept = np.random.rand(len(x), *[1] * (x.ndim - 1)) >= rate
    return x * kept / (1 - rate)
