def conv2d_transpose(
    net, x, channels, filters, kernel, padding, stride=(1, 1), output_padding=(0, 0), bias=True
):
    """The gradient of a cross-correlation; `output_padding` grows the bottom and the right."""
    height, width = (
        (x.shape[2 + i] - 1) * stride[i] - 2 * padding[i] + kernel[i] + output_padding[i]
        for i in range(2)
    )
    y = T.nnet.conv2d_transpose(
        x,
        net.weight(channels, filters, *kernel, fan_in=channels * kernel[0] * kernel[1]),
        output_shape=(None, filters, height, width),
        border_mode=padding,
        input_dilation=stride,
        filter_flip=False,
    )
    return y + net.constant(filters).dimshuffle("x", 0, "x", "x") if bias else y
