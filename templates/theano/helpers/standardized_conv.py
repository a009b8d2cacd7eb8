def standardized_conv(
    net, x, channels, filters, kernel, stride=(1, 1), padding=(0, 0), bias=True, *, eps
):
    """Cross-correlation with kernels of mean 0 and variance 1, whatever is learned."""
    fan_in = channels * kernel[0] * kernel[1]
    kernel = net.weight(filters, channels, *kernel, fan_in=fan_in)
    axes = [1, 2, 3]
    mean, variance = (v(kernel, axes, keepdims=True) for v in (T.mean, T.var))
    kernel = (kernel - mean) / T.sqrt(variance + eps)
    y = T.nnet.conv2d(x, kernel, border_mode=padding, subsample=stride, filter_flip=False)
    return y + net.constant(filters).dimshuffle("x", 0, "x", "x") if bias else y
