def gaussian_dropout(net, x, rate):
    """In training, x times normal numbers of mean 1 and variance rate / (1 - rate)."""
    deviation = math.sqrt(rate / (1 - rate))
    return x * np.random.normal(1, deviation, x.shape) if net.training else x
