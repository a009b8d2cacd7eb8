def spatial_dropout(x, rate):
    """Dropout of whole channels."""
    noise_shape = [tf.shape(x)[0], *[1] * (len(x.shape) - 2), x.shape[-1].value]
    return tflearn.dropout(x, keep_prob=1 - rate, noise_shape=noise_shape)
