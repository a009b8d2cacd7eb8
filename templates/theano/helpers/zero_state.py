def zero_state(x, *sizes):
    """Zeros of these sizes for each sample; an axis of size 1 is not broadcast."""
    return T.unbroadcast(T.zeros((x.shape[0], *sizes), dtype=x.dtype), *range(len(sizes) + 1))
