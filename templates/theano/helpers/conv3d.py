def conv3d(
    net,
    x,
    channels,
    filters,
    kernel,
    padding,
    stride=(1, 1, 1),
    dilation=(1, 1, 1),
    groups=1,
    bias=True,
):
    """Cross-correlation: by default Theano would flip the kernel."""
    inputs = channels // groups
    y = T.nnet.conv3d(
        x,
        net.weight(filters, inputs, *kernel, fan_in=inputs * np.prod(kernel)),
        border_mode=padding,
        subsample=stride,
        filter_flip=False,
        filter_dilation=dilation,
        num_groups=groups,
    )
    return y + net.constant(filters).dimshuffle("x", 0, "x", "x", "x") if bias else y
