def windows(x, kernel, stride, padding, dilation=1, beyond=0.0):
    """w[c, p, k] = x[c, stride * p + dilation * k - before], the k of a window along the last axis.

    `padding` counts the cells around x that hold `beyond`: ((before, behind), ..), or one number
    for all; "same" makes ceil(n / stride) windows fit on n cells, with the odd cell behind.
    """
    kernel, stride, dilation = np.broadcast_arrays(kernel, stride, dilation)
    size, reach = np.array(x.shape[2:]), dilation * (kernel - 1) + 1
    if padding == "same":
        missing = np.maximum((-(-size // stride) - 1) * stride + reach - size, 0)
        padding = np.stack([missing // 2, missing - missing // 2], axis=1)
    around = np.broadcast_to(padding, (len(kernel), 2))
    x = np.pad(x, [(0, 0), (0, 0), *around], constant_values=beyond)
    w = sliding_window_view(x, reach, axis=tuple(range(2, x.ndim)))
    w = w[..., *(slice(None, None, step) for step in (*stride, *dilation))]
    return w.reshape(*w.shape[: x.ndim], -1)
