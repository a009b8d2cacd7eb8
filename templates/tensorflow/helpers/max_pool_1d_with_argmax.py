def max_pool_1d_with_argmax(x, ksize, strides):
    """tf.nn.max_pool_with_argmax of signals, as of maps one pixel wide."""
    y, indices = tf.nn.max_pool_with_argmax(
        tf.expand_dims(x, 2), ksize=(ksize, 1), strides=(strides, 1), padding="VALID"
    )
    return tf.squeeze(y, 2), tf.squeeze(indices, 2)
