def general_conv_2d(
    x,
    filters,
    kernel,
    strides=1,
    padding="same",
    dilation=1,
    groups=1,
    activation="linear",
    bias=True,
):
    """Convolution with groups, or with stride and dilation, which TFLearn's layers lack."""
    shape = tflearn.utils.autoformat_filter_conv2d(kernel, x.shape[-1].value // groups, filters)
    with tf.variable_scope(None, default_name="GeneralConv2D"):
        weights = tflearn.variable("W", shape, initializer="uniform_scaling")
        if 1 < groups == x.shape[-1].value and isinstance(strides, int) and dilation == 1:
            # Many times faster than a convolution for each channel.
            kernel = tf.reshape(weights, [*shape[:2], groups, -1])
            strides = [1, strides, strides, 1]
            y = tf.nn.depthwise_conv2d(x, kernel, strides, padding.upper())
        else:
            # On a CPU only tf.nn.convolution has the float64 gradient of a dilated convolution.
            convolve = tf.nn.convolution if strides == 1 else tf.nn.conv2d
            inputs, kernels = tf.split(x, groups, 3), tf.split(weights, groups, 3)
            parts = [
                convolve(part, w, strides=strides, padding=padding.upper(), dilations=dilation)
                for part, w in zip(inputs, kernels, strict=True)
            ]
            y = tf.concat(parts, 3)
        if bias:
            y = tf.nn.bias_add(y, tflearn.variable("b", [filters], initializer="zeros"))
    return tflearn.activation(y, activation)
