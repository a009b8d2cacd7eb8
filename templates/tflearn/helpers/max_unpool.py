def max_unpool(x, indices, kernel):
    """Put each value where `tf.nn.max_pool_with_argmax` found it, and zeros elsewhere."""
    kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    _, height, width, channels = x.get_shape().as_list()
    batch, size = tf.shape(x, out_type=tf.int64)[0], height * kh * width * kw * channels
    indices += tf.reshape(tf.range(batch) * size, [-1, 1, 1, 1])
    y = tf.scatter_nd(tf.reshape(indices, [-1, 1]), tf.reshape(x, [-1]), [batch * size])
    return tflearn.reshape(y, [-1, height * kh, width * kw, channels])
