def max_unpool(x, indices, kernel):
    """Put each value back where `max_pool_with_indices` found it, among zeros."""
    n, shape = len(kernel), list(x.shape)
    chosen = T.eq(T.shape_padright(indices), T.arange(np.prod(kernel)))
    y = T.switch(chosen, T.shape_padright(x), 0).reshape((*shape, *kernel))
    y = y.dimshuffle(0, 1, *(axis for i in range(2, n + 2) for axis in (i, i + n)))
    return y.reshape((*shape[:2], *(size * k for size, k in zip(shape[2:], kernel, strict=True))))
