def max_unpool(x, indices, size):
    """Put each value back where `max_pool_with_indices` found it, and zeros elsewhere."""
    height, width = size
    for axis, n in ((1, height), (2, width)):
        x, indices = ops.repeat(x, n, axis=axis), ops.repeat(indices, n, axis=axis)
    # Sums count the rows and columns, since their number may not be known yet.
    ones = ops.ones_like(indices[:1, :, :, :1])
    row, column = ops.cumsum(ones, axis=1) - 1, ops.cumsum(ones, axis=2) - 1
    position = row % height * width + column % width
    return ops.where(ops.equal(indices, position), x, 0)
