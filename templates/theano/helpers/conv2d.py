def conv2d(
    net, x, channels, filters, kernel, padding, stride=(1, 1), dilation=(1, 1), groups=1, bias=True
):
    """Cross-correlation: by default Theano would flip the kernel."""
    inputs = channels // groups
    kernel = net.weight(filters, inputs, *kernel, fan_in=inputs * kernel[0] * kernel[1])
    y = T.nnet.conv2d(
        x,
        kernel,
        border_mode=padding,
        subsample=stride,
        filter_flip=False,
        filter_dilation=dilation,
        num_groups=groups,
    )
    return y + net.constant(filters).dimshuffle("x", 0, "x", "x") if bias else y
