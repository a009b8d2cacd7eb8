def class_token(x):
    """A learned vector in front of a sequence."""
    width = x.shape[-1].value
    with tf.variable_scope(None, default_name="ClassToken"):
        token = tflearn.variable("token", [width], initializer="zeros")
        return tf.concat([tf.broadcast_to(token, [tf.shape(x)[0], 1, width]), x], axis=1)
