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

    def __call__(self, x, training=False):
        # On a CPU only tf.nn.convolution has the float64 gradient of a dilated convolution.
        dilated = self.dilation not in (1, (1, 1)) and self.stride == 1
        convolve = tf.nn.convolution if dilated else tf.nn.conv2d
        y = convolve(x, self.kernel, self.stride, self.padding, dilations=self.dilation)
        return y if self.bias is None else y + self.bias
