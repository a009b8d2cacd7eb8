def drop_channels(net, x, rate):
    """Dropout of whole channels while training; `rate` is the share dropped."""
    if not net.training or rate == 0:
        return x
    kept = random_streams.binomial(x.shape[:2], p=1 - rate, ndim=2, dtype=x.dtype)
    return x * T.shape_padright(kept, x.ndim - 2) / (1 - rate)
