def conv3d_transpose(
    net,
    x,
    channels,
    filters,
    kernel,
    padding,
    stride=(1, 1, 1),
    output_padding=(0, 0, 0),
    bias=True,
):
    """The gradient of a cross-correlation; `output_padding` grows the ends of the axes."""
    sizes = (
        (x.shape[2 + i] - 1) * stride[i] - 2 * padding[i] + kernel[i] + output_padding[i]
        for i in range(3)
    )
    y = T.nnet.abstract_conv.conv3d_grad_wrt_inputs(
        x,
        net.weight(channels, filters, *kernel, fan_in=channels * np.prod(kernel)),
        input_shape=(None, filters, *sizes),
        border_mode=padding,
        subsample=stride,
        filter_flip=False,
    )
    return y + net.constant(filters).dimshuffle("x", 0, "x", "x", "x") if bias else y
