def bed_of_nails(x, kernel):
    """Each value in the first corner of a window of zeros."""
    shape = [-1, *x.shape[1:]]
    for axis, k in enumerate(kernel, start=1):
        ends = [(0, 0)] * len(shape)
        ends[axis + 1] = (0, (k - 1) * shape[axis + 1])
        shape[axis] *= k
        # The zeros behind a row become rows of their own.
        x = ops.reshape(ops.pad(x, ends), shape)
    return x
