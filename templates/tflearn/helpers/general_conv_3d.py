def general_conv_3d(
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
    """Convolution with groups or dilation, which TFLearn's layer lacks."""
    shape = tflearn.utils.autoformat_filter_conv3d(kernel, x.shape[-1].value // groups, filters)
    with tf.variable_scope(None, default_name="GeneralConv3D"):
        weights = tflearn.variable("W", shape, initializer="uniform_scaling")
        parts = [
            tf.nn.convolution(part, w, padding.upper(), strides=strides, dilation_rate=dilation)
            for part, w in zip(tf.split(x, groups, 4), tf.split(weights, groups, 4), strict=True)
        ]
        y = tf.concat(parts, 4)
        if bias:
            y = tf.nn.bias_add(y, tflearn.variable("b", [filters], initializer="zeros"))
    return tflearn.activation(y, activation)
