def gaussian_noise(net, x, deviation):
    """Adds normal numbers while training."""
    if not net.training or deviation == 0:
        return x
    return x + random_streams.normal(x.shape, std=deviation, dtype=x.dtype)
