def max_unpool_3d(x, indices, kernel):
    """Put each value back where `max_pool_3d_with_indices` found it, among zeros."""
    depth, height, width, channels = x.get_shape().as_list()[1:]
    y = tf.expand_dims(x, -1) * tf.one_hot(indices, math.prod(kernel), dtype=x.dtype)
    y = tflearn.reshape(y, [-1, depth, height, width, channels, *kernel])
    y = tf.transpose(y, [0, 1, 5, 2, 6, 3, 7, 4])
    kd, kh, kw = kernel
    return tflearn.reshape(y, [-1, depth * kd, height * kh, width * kw, channels])
