def gelu_tanh(x):
    """The tanh approximation of GELU; TFLearn's own fails for float64."""
    return 0.5 * x * (1 + tf.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3)))
