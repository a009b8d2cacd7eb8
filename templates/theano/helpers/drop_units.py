def drop_units(net, x, rate):
    """Dropout while training; `rate` is the share dropped."""
    if not net.training or rate == 0:
        return x
    return x * random_streams.binomial(x.shape, p=1 - rate, dtype=x.dtype) / (1 - rate)
