def partial_batch_norm(x, epsilon, decay, scale=True, shift=True):
    """Batch normalization without a learned factor, offset or both."""
    axes, shape = list(range(len(x.shape) - 1)), x.shape[-1:]
    with tf.variable_scope(None, default_name="BatchNorm"):
        gamma = beta = None
        if scale:
            gamma = tflearn.variable("gamma", shape, initializer=tf.ones_initializer())
        if shift:
            beta = tflearn.variable("beta", shape, initializer="zeros")
        mean = tflearn.variable("mean", shape, initializer="zeros", trainable=False)
        variance = tflearn.variable(
            "variance", shape, initializer=tf.ones_initializer(), trainable=False
        )

        def batch_moments():
            batch_mean, batch_variance = tf.nn.moments(x, axes)
            count = tf.cast(tf.reduce_prod(tf.shape(x)[:-1]), tf.float32)
            unbiased = batch_variance * count / (count - 1.0)
            updates = [
                tf.assign_sub(mean, (1 - decay) * (mean - batch_mean)),
                tf.assign_sub(variance, (1 - decay) * (variance - unbiased)),
            ]
            with tf.control_dependencies(updates):
                return tf.identity(batch_mean), tf.identity(batch_variance)

        moments = tf.cond(tflearn.get_training_mode(), batch_moments, lambda: (mean, variance))
        return tf.nn.batch_normalization(x, *moments, beta, gamma, epsilon)
