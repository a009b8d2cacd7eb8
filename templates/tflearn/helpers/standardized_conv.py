def standardized_conv(x, filters, kernel, paddings, eps, strides=1, bias=True):
    """A convolution with kernels of mean 0 and variance 1, whatever is learned."""
    shape = [*kernel, x.shape[-1].value, filters]
    with tf.variable_scope(None, default_name="StandardizedConv"):
        weights = tflearn.variable("W", shape, initializer="uniform_scaling")
        mean, variance = tf.nn.moments(weights, [0, 1, 2])
        weights = (weights - mean) / tf.sqrt(variance + eps)
        y = tf.nn.conv2d(x, weights, strides=strides, padding=paddings)
        if bias:
            y = tf.nn.bias_add(y, tflearn.variable("b", [filters], initializer="zeros"))
        return y
