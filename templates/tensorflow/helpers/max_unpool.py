def max_unpool(x, indices, kernel):
    """Undoes tf.nn.max_pool_with_argmax, which counts (y * width + x) * channels + c."""
    batch, *size = tf.unstack(tf.shape(x)[:-1] * [1, *kernel])
    shape = [batch, *size, x.shape[-1]]
    start = tf.range(batch) * tf.reduce_prod(shape[1:])
    indices += tf.cast(tf.reshape(start, [-1] + [1] * (x.shape.rank - 1)), indices.dtype)
    total = tf.reduce_prod(tf.cast(shape, indices.dtype), keepdims=True)
    flat = tf.scatter_nd(tf.reshape(indices, [-1, 1]), tf.reshape(x, [-1]), total)
    return tf.reshape(flat, shape)
