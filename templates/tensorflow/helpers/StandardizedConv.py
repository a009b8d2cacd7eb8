class StandardizedConv(tf.Module):
    """A convolution with kernels of mean 0 and variance 1, whatever is learned."""

    def __init__(self, in_channels, filters, kernel, *, stride=1, padding, bias=True, eps):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([*kernel, in_channels, filters]), name="kernel")
        self.bias = tf.Variable(tf.zeros([filters], DTYPE), name="bias") if bias else None
        self.stride, self.padding, self.eps = stride, padding, eps

    def __call__(self, x, training=False):
        mean, variance = tf.nn.moments(self.kernel, axes=[0, 1, 2])
        kernel = (self.kernel - mean) / tf.sqrt(variance + self.eps)
        y = tf.nn.conv2d(x, kernel, self.stride, self.padding)
        return y if self.bias is None else y + self.bias
