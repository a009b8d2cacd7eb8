def max_pool_1d_with_argmax(x, kernel, strides):
    """`tf.nn.max_pool_with_argmax` of signals, as of maps one pixel wide."""
    y, indices = tf.nn.max_pool_with_argmax(
        tf.expand_dims(x, 2), [1, kernel, 1, 1], [1, strides, 1, 1], "VALID"
    )
    return tf.squeeze(y, [2]), tf.squeeze(indices, [2])
