def same_pad(x, kernel, stride, dilation=None, value=0.0):
    """Pads as TensorFlow's SAME: ceil(n / stride) windows fit, an odd cell comes after."""
    padding = []
    for axis, (k, s) in enumerate(zip(kernel, stride, strict=True)):
        n, d = x.shape[2 + axis], dilation[axis] if dilation else 1
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        padding = [total // 2, total - total // 2, *padding]
    return F.pad(x, padding, value=value)
