def avg_pool(x, ksize, strides, paddings):
    """An average pooling with explicit paddings, which do not count."""
    count = tf.pad(tf.ones_like(x[:1, ..., :1]), paddings)
    total = tf.nn.avg_pool(tf.pad(x, paddings), ksize, strides, "VALID")
    return total / tf.nn.avg_pool(count, ksize, strides, "VALID")
