def affine(x):
    """A factor and an offset for each channel."""
    with tf.variable_scope(None, default_name="Affine"):
        scale = tflearn.variable("scale", x.shape[-1:], initializer=tf.ones_initializer())
        offset = tflearn.variable("offset", x.shape[-1:], initializer="zeros")
        return x * scale + offset
