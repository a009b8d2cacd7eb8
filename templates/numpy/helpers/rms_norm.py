def rms_norm(net, x, eps):
    """x / sqrt(mean(x^2) + eps), then a scale."""
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps) * net.constant(x.shape[-1], 1.0)
