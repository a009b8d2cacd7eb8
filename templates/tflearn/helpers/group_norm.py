def group_norm(x, groups, epsilon):
    """Normalization over groups of neighbouring channels and all positions."""
    *sizes, channels = x.shape.as_list()[1:]
    with tf.variable_scope(None, default_name="GroupNorm"):
        gamma = tflearn.variable("gamma", [channels], initializer=tf.ones_initializer())
        beta = tflearn.variable("beta", [channels], initializer="zeros")
        y = tf.reshape(x, [-1, math.prod(sizes), groups, channels // groups])
        mean, variance = tf.nn.moments(y, [1, 3], keep_dims=True)
        y = tf.nn.batch_normalization(y, mean, variance, None, None, epsilon)
        return tf.reshape(y, [-1, *sizes, channels]) * gamma + beta
