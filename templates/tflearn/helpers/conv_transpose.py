def conv_transpose(
    x, filters, kernel, strides=1, padding=0, output_padding=0, activation="linear", bias=True
):
    """Transposed convolution, the full output less `padding` on both sides ("same" is another)."""
    (kh, kw), (sh, sw), (ph, pw), (oh, ow) = (
        value if isinstance(value, tuple) else (value, value)
        for value in (kernel, strides, padding, output_padding)
    )
    height = (x.shape[1].value - 1) * sh + kh + oh
    width = (x.shape[2].value - 1) * sw + kw + ow
    y = tflearn.conv_2d_transpose(
        x, filters, (kh, kw), [height, width], (sh, sw), "valid", activation=activation, bias=bias
    )
    return y[:, ph : height - ph, pw : width - pw]
