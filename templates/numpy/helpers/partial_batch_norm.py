def partial_batch_norm(net, x, axis, eps, decay, scale=True, shift=True):
    """As `batch_norm`, but the factor is 1 or the offset 0 where it is not learned."""
    x = np.moveaxis(x, axis, -1)
    scale = net.constant(x.shape[-1], 1.0) if scale else 1
    shift = net.constant(x.shape[-1]) if shift else 0
    mean, variance = net.constant(x.shape[-1]), net.constant(x.shape[-1], 1.0)
    if net.training:
        batch = tuple(range(x.ndim - 1))
        mean[:] = decay * mean + (1 - decay) * x.mean(batch)
        variance[:] = decay * variance + (1 - decay) * x.var(batch, ddof=1)
        mean, variance = x.mean(batch), x.var(batch)
    y = scale * (x - mean) / np.sqrt(variance + eps) + shift
    return np.moveaxis(y, -1, axis)
