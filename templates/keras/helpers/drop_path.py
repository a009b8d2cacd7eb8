def drop_path(x, rate):
    """Drops the share `rate` of the samples in training."""
    return Dropout(rate, noise_shape=(None, *[1] * (len(x.shape) - 1)))(x)
