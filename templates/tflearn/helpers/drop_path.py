def drop_path(x, rate):
    """Drops the share `rate` of the samples in training."""
    noise_shape = [tf.shape(x)[0], *[1] * (len(x.shape) - 1)]
    return tflearn.dropout(x, keep_prob=1 - rate, noise_shape=noise_shape)
