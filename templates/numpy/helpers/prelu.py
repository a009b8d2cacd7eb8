def prelu(net, x, axis, init):
    """max(x, 0) + slope * min(x, 0), with a slope for each channel along `axis`."""
    x = np.moveaxis(x, axis, -1)
    y = np.maximum(x, 0) + net.constant(x.shape[-1], init) * np.minimum(x, 0)
    return np.moveaxis(y, -1, axis)
