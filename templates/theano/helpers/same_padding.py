def same_padding(x, kernel, stride, dilation=(1, 1)):
    """For ceil(size / stride) outputs: half the padding before, and the rest after."""
    amounts = []
    for i in range(2):
        size = x.shape[2 + i]
        outputs = (size + stride[i] - 1) // stride[i]
        reach = (outputs - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1
        total = T.maximum(reach - size, 0)
        amounts.append((total // 2, total - total // 2))
    return amounts
