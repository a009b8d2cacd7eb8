def to_patches(x, kernel, stride):
    """Windows of maps as vectors, their elements in the order channel, row, column."""
    rows, columns = (x.shape[i + 2] - kernel[i] + 1 for i in range(2))
    parts = [
        x[:, :, dy : dy + rows : stride[0], dx : dx + columns : stride[1]]
        for dy, dx in np.ndindex(*kernel)
    ]
    found = T.stack(parts, axis=2)
    found = found.reshape((x.shape[0], x.shape[1] * len(parts), -1))
    return found.dimshuffle(0, 2, 1)
