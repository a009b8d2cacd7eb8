class Conv3D(tf.Module):
    """A convolution of volumes; `padding` is "SAME", "VALID" or explicit, as in tf.pad."""

    def __init__(
        self, in_channels, filters, kernel, *, stride=1, padding, dilation=1, groups=1, bias=True
    ):
        super().__init__()
        self.kernel = tf.Variable(
            glorot_uniform([*kernel, in_channels // groups, filters]), name="kernel"
        )
        self.bias = tf.Variable(tf.zeros([filters], DTYPE), name="bias") if bias else None
        self.padding, self.stride, self.dilation = padding, stride, dilation
        self.groups = groups

    def __call__(self, x, training=False):
        padding = self.padding
        if not isinstance(padding, str):
            x, padding = tf.pad(x, padding), "VALID"
        # On a CPU tf.nn.conv3d has neither groups nor dilation.
        parts = [
            tf.nn.convolution(part, kernel, self.stride, padding, "NDHWC", self.dilation)
            for part, kernel in zip(
                tf.split(x, self.groups, -1), tf.split(self.kernel, self.groups, -1), strict=True
            )
        ]
        y = tf.concat(parts, axis=-1)
        return y if self.bias is None else y + self.bias
