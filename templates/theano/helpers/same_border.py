def same_border(kernel, dilation=(1, 1)):
    """For as many outputs as inputs: half the padding before, and the rest after."""
    totals = [(kernel[i] - 1) * dilation[i] for i in range(2)]
    return tuple((total // 2, total - total // 2) for total in totals)
