def conv1d(net, x, channels, filters, kernel, padding, stride=1, dilation=1, groups=1, bias=True):
    """Cross-correlation of signals, as images of one row."""
    inputs = channels // groups
    y = T.nnet.conv2d(
        x.dimshuffle(0, 1, "x", 2),
        net.weight(filters, inputs, kernel, fan_in=inputs * kernel).dimshuffle(0, 1, "x", 2),
        border_mode=padding if isinstance(padding, str) else (0, padding),
        subsample=(1, stride),
        filter_flip=False,
        filter_dilation=(1, dilation),
        num_groups=groups,
    )[:, :, 0]
    return y + net.constant(filters).dimshuffle("x", 0, "x") if bias else y
