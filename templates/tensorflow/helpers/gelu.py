def gelu(x):
    """The exact form; tf.nn.gelu keeps its constant in float32, whatever the dtype of x."""
    return 0.5 * x * (1 + tf.math.erf(x / 2**0.5))
