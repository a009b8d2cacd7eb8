class Conv1D(tf.Module):
    """A convolution of signals; `padding` is "SAME", "VALID" or explicit, as in tf.pad."""

    def __init__(
        self, in_channels, filters, kernel, *, stride=1, padding, dilation=1, groups=1, bias=True
    ):
        super().__init__()
        self.kernel = tf.Variable(
            glorot_uniform([kernel, in_channels // groups, filters]), name="kernel"
        )
        self.bias = tf.Variable(tf.zeros([filters], DTYPE), name="bias") if bias else None
        self.padding, self.stride, self.dilation = padding, stride, dilation

    def __call__(self, x, training=False):
        padding = self.padding
        if not isinstance(padding, str):
            x, padding = tf.pad(x, padding), "VALID"
        # tf.nn.convolution has no stride beside a dilation: the positions between are left out.
        stride, step = (self.stride, 1) if self.dilation == 1 else (1, self.stride)
        y = tf.nn.convolution(x, self.kernel, stride, padding, "NWC", self.dilation)[:, ::step]
        return y if self.bias is None else y + self.bias
