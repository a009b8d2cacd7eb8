def max_unpool_3d(x, indices, kernel):
    """Undoes max_pool_3d_with_indices."""
    y = tf.expand_dims(x, -1) * tf.one_hot(indices, math.prod(kernel), dtype=x.dtype)
    batch, *size = tf.unstack(tf.shape(x)[:-1])
    y = tf.reshape(y, [batch, *size, x.shape[-1], *kernel])
    y = tf.transpose(y, [0, 1, 5, 2, 6, 3, 7, 4])
    return tf.reshape(y, [batch, *(n * k for n, k in zip(size, kernel, strict=True)), x.shape[-1]])
