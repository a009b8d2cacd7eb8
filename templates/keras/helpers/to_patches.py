def to_patches(x, kernel, stride):
    """Windows of maps as vectors, their elements in the order channel, row, column."""
    found = ops.image.extract_patches(x, kernel, strides=stride, padding="valid")
    count = found.shape[1] * found.shape[2]
    found = ops.reshape(found, (-1, count, kernel[0] * kernel[1], x.shape[-1]))
    found = ops.transpose(found, (0, 1, 3, 2))
    return ops.reshape(found, (-1, count, found.shape[2] * found.shape[3]))
