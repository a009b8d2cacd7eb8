def to_patches(x, kernel, stride):
    """Windows of maps as vectors, their elements in the order channel, row, column."""
    found = sliding_window_view(x, kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    found = np.moveaxis(found, 1, 3)
    return found.reshape(len(x), found.shape[1] * found.shape[2], -1)
