def center_crop(x, height, width):
    """The middle of a map."""
    top, left = (tf.shape(x)[1] - height) // 2, (tf.shape(x)[2] - width) // 2
    return x[:, top : top + height, left : left + width]
