def prelu(x, init):
    """PReLU with one slope per channel; TFLearn's own start is zero."""
    return tflearn.prelu(x, weights_init=lambda: tf.constant_initializer(init))
