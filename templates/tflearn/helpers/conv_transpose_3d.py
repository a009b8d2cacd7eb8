def conv_transpose_3d(
    x, filters, kernel, strides=1, padding=0, output_padding=0, activation="linear", bias=True
):
    """Transposed convolution, the full output less `padding` on both sides ("same" is another)."""
    kernel, strides, padding, output_padding = (
        value if isinstance(value, tuple) else (value, value, value)
        for value in (kernel, strides, padding, output_padding)
    )
    depth, height, width = (
        (x.shape[1 + i].value - 1) * strides[i] + kernel[i] + output_padding[i] for i in range(3)
    )
    y = tflearn.layers.conv.conv_3d_transpose(
        x,
        filters,
        kernel,
        [depth, height, width],
        strides,
        "valid",
        activation=activation,
        bias=bias,
    )
    pd, ph, pw = padding
    return y[:, pd : depth - pd, ph : height - ph, pw : width - pw]
