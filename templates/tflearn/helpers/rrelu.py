def rrelu(x, low, high):
    """A ReLU with a random slope below zero in training, and the mean slope else."""
    drawn = tf.random.uniform(tf.shape(x), low, high, x.dtype)
    mean = (low + high) / 2 * tf.ones_like(x)
    slope = tf.cond(tflearn.get_training_mode(), lambda: drawn, lambda: mean)
    return tf.where(x > 0, x, slope * x)
