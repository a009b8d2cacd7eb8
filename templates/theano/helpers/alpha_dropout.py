def alpha_dropout(net, x, rate):
    """Replaces the share `rate` by SELU's least value while training; mean and variance stay."""
    if not net.training or rate == 0:
        return x
    least = -1.7580993408473766
    scale = ((1 - rate) * (1 + rate * least**2)) ** -0.5
    kept = random_streams.binomial(x.shape, p=1 - rate, dtype=x.dtype)
    return scale * (T.switch(kept > 0, x, least) - rate * least)
