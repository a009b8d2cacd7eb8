def general_conv_1d(
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
    shape = [kernel, 1, x.shape[-1].value // groups, filters]
    with tf.variable_scope(None, default_name="GeneralConv1D"):
        weights = tflearn.variable("W", shape, initializer="uniform_scaling")[:, 0]
        parts = [
            tf.nn.convolution(part, w, padding.upper(), strides=strides, dilation_rate=dilation)
            for part, w in zip(tf.split(x, groups, 2), tf.split(weights, groups, 2), strict=True)
        ]
        y = tf.concat(parts, 2)
        if bias:
            y = tf.nn.bias_add(y, tflearn.variable("b", [filters], initializer="zeros"))
    return tflearn.activation(y, activation)
