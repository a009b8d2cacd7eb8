def convolve(net, x, filters, kernel, stride=1, padding=0, dilation=1, groups=1, bias=True):
    """y[f, p] = sum of w[k, c, f] * x[c, stride * p + dilation * k] over k and c, + bias[f].

    The kernel is not flipped. Each group of filters sees a group of channels.
    """
    w = net.weight(*kernel, x.shape[1] // groups, filters)
    w = w.reshape(-1, *w.shape[-2:])
    x = windows(x, kernel, stride, padding, dilation)
    pairs = zip(np.split(x, groups, axis=1), np.split(w, groups, axis=-1), strict=True)
    y = [np.einsum("bc...k,kcf->b...f", x, w, optimize=True) for x, w in pairs]
    y = np.concatenate(y, axis=-1)
    if bias:
        y = y + net.constant(filters)
    return np.moveaxis(y, -1, 1)
