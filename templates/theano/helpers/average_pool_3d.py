def average_pool_3d(x, kernel, stride, amounts):
    """The mean of the real voxels; Theano has no gradient for its own mode with padding."""
    total, count = (
        pool_3d(pad_maps(v, amounts), kernel, ignore_border=True, stride=stride, mode="sum")
        for v in (x, T.ones_like(x))
    )
    return total / count
