def drop_samples(net, x, rate):
    """Drops whole samples while training; `rate` is the share dropped."""
    if not net.training or rate == 0:
        return x
    kept = random_streams.binomial(x.shape[:1], p=1 - rate, ndim=1, dtype=x.dtype)
    return x * T.shape_padright(kept, x.ndim - 1) / (1 - rate)
