def max_pool(x, ksize, strides, paddings):
    """A max pooling with explicit paddings, which never win; tf.nn.max_pool has it of images."""
    x = tf.pad(x, paddings, constant_values=-math.inf)
    return tf.nn.max_pool(x, ksize, strides, "VALID")
