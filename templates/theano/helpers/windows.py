def windows(x, kernel):
    """Maps as pooling windows: the elements of each on a new last axis, row by row."""
    n, shape = len(kernel), list(x.shape)
    sizes = [size // k for size, k in zip(shape[2:], kernel, strict=True)]
    x = x[(Ellipsis, *(slice(size * k) for size, k in zip(sizes, kernel, strict=True)))]
    pairs = zip(sizes, kernel, strict=True)
    x = x.reshape((*shape[:2], *(part for pair in pairs for part in pair)))
    x = x.dimshuffle(0, 1, *range(2, 2 * n + 2, 2), *range(3, 2 * n + 3, 2))
    return x.reshape((*shape[:2], *sizes, np.prod(kernel)))
