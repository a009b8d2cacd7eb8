def max_pool(x, kernel, stride=None):
    """The largest number of each window; of equal ones, the first has the gradient.

    `pool_2d` gives the gradient to every one of them, and maps that were pooled before have many.
    """
    stride, y = stride or kernel, None
    for start in np.ndindex(*kernel):
        stop = [x.shape[i + 2] - kernel[i] + start[i] + 1 for i in range(len(kernel))]
        window = [slice(*ends) for ends in zip(start, stop, stride, strict=True)]
        part = x[(..., *window)]
        y = part if y is None else T.switch(y >= part, y, part)
    return y
