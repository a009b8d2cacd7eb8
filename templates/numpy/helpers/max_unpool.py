def max_unpool(x, indices, kernel):
    """y[c, indices[c, p]] = x[c, p], and 0 elsewhere."""
    size = [n * k for n, k in zip(x.shape[2:], kernel, strict=True)]
    y = np.zeros((*x.shape[:2], math.prod(size)))
    flat = (*x.shape[:2], -1)
    np.put_along_axis(y, indices.reshape(flat), x.reshape(flat), axis=-1)
    return y.reshape(*x.shape[:2], *size)
