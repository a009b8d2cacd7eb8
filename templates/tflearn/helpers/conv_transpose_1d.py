def conv_transpose_1d(
    x, filters, kernel, strides=1, padding=0, output_padding=0, activation="linear", bias=True
):
    """Transposed convolution of signals, as of maps one pixel wide."""
    y = conv_transpose(
        tf.expand_dims(x, 2),
        filters,
        (kernel, 1),
        (strides, 1),
        (padding, 0),
        (output_padding, 0),
        activation,
        bias,
    )
    return tf.squeeze(y, [2])
