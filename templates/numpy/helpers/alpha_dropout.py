def alpha_dropout(net, x, rate):
    """In training, the share `rate` becomes SELU's least value; mean and variance stay."""
    if not net.training:
        return x
    least = -1.7580993408473766
    scale = ((1 - rate) * (1 + rate * least**2)) ** -0.5
    y = np.where(np.random.rand(*x.shape) >= rate, x, least)
    return scale * (y - rate * least)
