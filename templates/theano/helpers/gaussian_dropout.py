def gaussian_dropout(net, x, rate):
    """Multiplies by normal numbers of mean 1 and variance rate / (1 - rate) while training."""
    if not net.training or rate == 0:
        return x
    deviation = (rate / (1 - rate)) ** 0.5
    return x * random_streams.normal(x.shape, avg=1, std=deviation, dtype=x.dtype)
