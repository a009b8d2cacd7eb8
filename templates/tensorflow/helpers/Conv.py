class Conv(tf.Module):
    """A convolution; `padding` is "SAME", "VALID" or explicit, as in tf.nn.conv2d."""

    def __init__(
        self, in_channels, filters, kernel, *, stride=1, padding, dilation=1, groups=1, bias=True
    ):
        super().__init__()
        self.kernel = tf.Variable(
            glorot_uniform([*kernel, in_channels // groups, filters]), name="kernel"
        )
        self.bias = tf.Variable(tf.zeros([filters], DTYPE), name="bias") if bias else None
        self.padding, self.stride, self.dilation = padding, stride, dilation
        self.depthwise = 1 < groups == in_channels and isinstance(stride, int) and dilation == 1

    def __call__(self, x, training=False):
        y = self.convolve(x)
        return y if self.bias is None else y + self.bias

    def convolve(self, x):
        if self.depthwise:
            # Many times faster than tf.nn.conv2d with a group for each channel.
            kernel = tf.reshape(self.kernel, [*self.kernel.shape[:2], x.shape[-1], -1])
            strides = [1, self.stride, self.stride, 1]
            return tf.nn.depthwise_conv2d(x, kernel, strides, self.padding)
        # On a CPU only tf.nn.convolution has the float64 gradient of a dilated convolution.
        dilated = self.dilation not in (1, (1, 1)) and self.stride == 1
        convolve = tf.nn.convolution if dilated else tf.nn.conv2d
        return convolve(x, self.kernel, self.stride, self.padding, dilations=self.dilation)
