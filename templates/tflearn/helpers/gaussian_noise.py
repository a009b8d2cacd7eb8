def gaussian_noise(x, deviation):
    """Adds normal numbers in training."""
    y = x + tf.random.normal(tf.shape(x), stddev=deviation, dtype=x.dtype)
    return tf.cond(tflearn.get_training_mode(), lambda: y, lambda: x)
