class ConvTranspose1D(tf.Module):
    """A transposed convolution to (n - 1) * stride - 2 * padding + kernel + output_padding."""

    def __init__(
        self, in_channels, filters, kernel, *, stride=1, padding, output_padding=0, bias=True
    ):
        super().__init__()
        self.kernel = tf.Variable(glorot_uniform([kernel, filters, in_channels]), name="kernel")
        self.bias = tf.Variable(tf.zeros([filters], DTYPE), name="bias") if bias else None
        self.padding, self.stride, self.output_padding = padding, stride, output_padding

    def __call__(self, x, training=False):
        kernel, filters, _ = self.kernel.shape
        length = (tf.shape(x)[1] - 1) * self.stride + kernel + self.output_padding
        shape = [tf.shape(x)[0], length, filters]
        y = tf.nn.conv1d_transpose(x, self.kernel, shape, self.stride, "VALID")
        y = y[:, self.padding : length - self.padding]
        return y if self.bias is None else y + self.bias
