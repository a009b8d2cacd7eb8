def convolve_transposed(net, x, filters, kernel, stride=1, padding=0, output_padding=0, bias=True):
    """Adds w[k, f, c] * x[c, p] to y[f, stride * p + k - padding], for all c, p and k; + bias[f].

    This is the adjoint of a convolution; `output_padding` is what y has beyond the last window.
    """
    w = net.weight(*kernel, filters, x.shape[1])
    n, stride, cut = np.broadcast_arrays(x.shape[2:], stride, padding)
    size = (n - 1) * stride + kernel + output_padding
    y = np.zeros((len(x), *size, filters))
    for k in np.ndindex(*kernel):
        at = (slice(i, i + s * m, s) for i, s, m in zip(k, stride, n, strict=True))
        y[:, *at] += np.einsum("bc...,fc->b...f", x, w[k], optimize=True)
    y = y[:, *(slice(c, s - c) for c, s in zip(cut, size, strict=True))]
    if bias:
        y = y + net.constant(filters)
    return np.moveaxis(y, -1, 1)
