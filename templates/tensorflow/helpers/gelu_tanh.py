def gelu_tanh(x):
    """The tanh form; tf.nn.gelu keeps its constants in float32, whatever the dtype of x."""
    return 0.5 * x * (1 + tf.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3)))
