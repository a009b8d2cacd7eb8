def layer_norm(x, epsilon):
    """Layer normalization over the last axis."""
    with tf.variable_scope(None, default_name="LayerNorm"):
        gamma = tflearn.variable("gamma", x.shape[-1:], initializer=tf.ones_initializer())
        beta = tflearn.variable("beta", x.shape[-1:], initializer="zeros")
        mean, variance = tf.nn.moments(x, [-1], keep_dims=True)
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)
