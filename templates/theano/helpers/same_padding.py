def same_padding(x, kernel, stride, dilation=None):
    """For ceil(size / stride) outputs: half the padding before, and the rest after."""
    amounts = []
    for i in range(len(kernel)):
        size, reach = x.shape[2 + i], (kernel[i] - 1) * (dilation[i] if dilation else 1) + 1
        outputs = (size + stride[i] - 1) // stride[i]
        total = T.maximum((outputs - 1) * stride[i] + reach - size, 0)
        amounts.append((total // 2, total - total // 2))
    return amounts
