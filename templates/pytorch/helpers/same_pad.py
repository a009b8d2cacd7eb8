def same_pad(x, kernel, stride, dilation=None, value=0.0):
    """Pads as TensorFlow's SAME: ceil(n / stride) windows fit, an odd cell comes after."""
    padding = []
    dilation = dilation or [1] * len(kernel)
    for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True):
        total = max((k - 1) * d - (n - 1) % s, 0)
        padding = [total // 2, total - total // 2, *padding]
    return F.pad(x, padding, value=value)
