def leaky_relu(x, slope):
    """tf.nn.leaky_relu keeps its slope in float32, whatever the dtype of x."""
    return tf.where(x > 0, x, slope * x)
