def batch_norm(net, x, axis, eps, decay):
    """scale * (x - mean) / sqrt(variance + eps) + shift, for each channel along `axis`.

    In training these are the batch's, and the running ones keep the share `decay` of what they
    were; the variance that they learn is the unbiased one.
    """
    x = np.moveaxis(x, axis, -1)
    scale, shift = net.constant(x.shape[-1], 1.0), net.constant(x.shape[-1])
    mean, variance = net.constant(x.shape[-1]), net.constant(x.shape[-1], 1.0)
    if net.training:
        batch = tuple(range(x.ndim - 1))
        mean[:] = decay * mean + (1 - decay) * x.mean(batch)
        variance[:] = decay * variance + (1 - decay) * x.var(batch, ddof=1)
        mean, variance = x.mean(batch), x.var(batch)
    y = scale * (x - mean) / np.sqrt(variance + eps) + shift
    return np.moveaxis(y, -1, axis)
