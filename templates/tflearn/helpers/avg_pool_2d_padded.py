def avg_pool_2d_padded(x, kernel, strides, amount):
    """Average pooling of a padded map; the padding does not count."""
    total = tflearn.avg_pool_2d(pad(x, amount), kernel, strides, padding="valid")
    share = tflearn.avg_pool_2d(pad(tf.ones_like(x), amount), kernel, strides, padding="valid")
    return total / share
