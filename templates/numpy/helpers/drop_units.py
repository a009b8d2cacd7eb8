def drop_units(net, x, rate):
    """In training, each number is 0 with probability `rate`, else divided by 1 - rate."""
    if not net.training:
        return x
    return x * (np.random.rand(*x.shape) >= rate) / (1 - rate)
