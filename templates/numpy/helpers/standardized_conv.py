def standardized_conv(net, x, filters, kernel, stride=1, padding=0, bias=True, *, eps):
    """As `convolve`, by (w - mean) / sqrt(variance + eps), with the moments of each filter."""
    w = net.weight(*kernel, x.shape[1], filters)
    w = (w - w.mean((0, 1, 2))) / np.sqrt(w.var((0, 1, 2)) + eps)
    x = windows(x, kernel, stride, padding)
    y = np.einsum("bc...k,kcf->b...f", x, w.reshape(-1, *w.shape[-2:]), optimize=True)
    if bias:
        y = y + net.constant(filters)
    return np.moveaxis(y, -1, 1)
