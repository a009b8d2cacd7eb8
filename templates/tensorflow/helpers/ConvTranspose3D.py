class ConvTranspose3D(tf.Module):
    """A transposed convolution to (n - 1) * stride - 2 * padding + kernel + output_padding."""

    def __init__(
        self,
        in_channels,
        filters,
        kernel,
        *,
        stride=1,
        padding,
        output_padding=(0, 0, 0),
        bias=True,
    ):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([*kernel, filters, in_channels]), name="kernel")
        self.bias = tf.Variable(tf.zeros([filters], DTYPE), name="bias") if bias else None
        self.padding, self.stride = padding, stride
        self.margin = [k + o for k, o in zip(kernel, output_padding, strict=True)]

    def __call__(self, x, training=False):
        size = (tf.shape(x)[1:-1] - 1) * self.stride + self.margin
        shape = [tf.shape(x)[0], *tf.unstack(size), self.kernel.shape[-2]]
        y = tf.nn.conv_transpose(x, self.kernel, shape, self.stride, "VALID")
        (d, h, w), (depth, height, width) = self.padding, tf.unstack(size)
        y = y[:, d : depth - d, h : height - h, w : width - w]
        return y if self.bias is None else y + self.bias
