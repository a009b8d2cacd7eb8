def conv1d_transpose(
    net, x, channels, filters, kernel, padding, stride=1, output_padding=0, bias=True
):
    """The gradient of a cross-correlation of signals, as images of one row."""
    length = (x.shape[2] - 1) * stride - 2 * padding + kernel + output_padding
    y = T.nnet.conv2d_transpose(
        x.dimshuffle(0, 1, "x", 2),
        net.weight(channels, filters, kernel, fan_in=channels * kernel).dimshuffle(0, 1, "x", 2),
        output_shape=(None, filters, 1, length),
        border_mode=(0, padding),
        input_dilation=(1, stride),
        filter_flip=False,
    )[:, :, 0]
    return y + net.constant(filters).dimshuffle("x", 0, "x") if bias else y
