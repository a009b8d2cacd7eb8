def max_unpool(x, indices, kernel):
    """Undoes tf.nn.max_pool_with_argmax, whose indices include the batch; all else is zeros."""
    shape = [*tf.unstack(tf.shape(x)[:-1] * [1, *kernel]), x.shape[-1]]
    total = tf.reduce_prod(tf.cast(shape, indices.dtype), keepdims=True)
    flat = tf.scatter_nd(tf.reshape(indices, [-1, 1]), tf.reshape(x, [-1]), total)
    return tf.reshape(flat, shape)
