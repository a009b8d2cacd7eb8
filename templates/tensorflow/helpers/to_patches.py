def to_patches(x, kernel, stride):
    """Windows of maps as vectors, their elements in the order channel, row, column."""
    found = tf.image.extract_patches(x, [1, *kernel, 1], [1, *stride, 1], [1, 1, 1, 1], "VALID")
    count = found.shape[1] * found.shape[2]
    found = tf.reshape(found, [-1, count, kernel[0] * kernel[1], x.shape[-1]])
    return tf.reshape(tf.transpose(found, [0, 1, 3, 2]), [-1, count, found.shape[2] * x.shape[-1]])
