def gaussian_dropout(x, rate):
    """Multiplies by normal numbers of mean 1 and variance rate / (1 - rate) in training."""
    deviation = (rate / (1 - rate)) ** 0.5
    y = x * tf.random.normal(tf.shape(x), mean=1.0, stddev=deviation, dtype=x.dtype)
    return tf.cond(tflearn.get_training_mode(), lambda: y, lambda: x)
