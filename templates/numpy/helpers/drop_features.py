def drop_features(net, x, rate):
    """In training, a feature is 0 in all steps with probability `rate`, else over 1 - rate."""
    if not net.training:
        return x
    return x * (np.random.rand(len(x), 1, x.shape[-1]) >= rate) / (1 - rate)
