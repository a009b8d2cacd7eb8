def rms_norm(x, epsilon):
    """Root mean square normalization over the last axis."""
    with tf.variable_scope(None, default_name="RMSNorm"):
        gamma = tflearn.variable("gamma", x.shape[-1:], initializer=tf.ones_initializer())
        squares = tf.reduce_mean(tf.square(x), axis=-1, keepdims=True)
        return x * tf.rsqrt(squares + epsilon) * gamma
