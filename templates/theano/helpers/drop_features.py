def drop_features(net, x, rate):
    """Drops features while training, the same ones in every step; `rate` is the share dropped."""
    if not net.training or rate == 0:
        return x
    shape = (x.shape[0], x.shape[2])
    kept = random_streams.binomial(shape, p=1 - rate, ndim=2, dtype=x.dtype)
    return x * kept.dimshuffle(0, "x", 1) / (1 - rate)
