def pad_to_windows(x, sizes, kernel, strides):
    """-inf behind maps of these sizes, so that the last windows are complete."""
    ends = [(0, (k - n) % s) for n, k, s in zip(sizes, kernel, strides, strict=True)]
    return ops.pad(x, [(0, 0), *ends, (0, 0)], constant_values=-math.inf)
