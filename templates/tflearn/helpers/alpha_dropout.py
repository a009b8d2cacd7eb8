def alpha_dropout(x, rate):
    """Replaces the share `rate` by SELU's least value in training; mean and variance stay."""
    least = -1.7580993408473766
    scale = ((1 - rate) * (1 + rate * least**2)) ** -0.5
    kept = tf.random.uniform(tf.shape(x), dtype=x.dtype) >= rate
    y = scale * (tf.where(kept, x, least * tf.ones_like(x)) - rate * least)
    return tf.cond(tflearn.get_training_mode(), lambda: y, lambda: x)
