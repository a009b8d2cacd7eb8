def gelu_tanh(x):
    """The tanh approximation of GELU; keras.ops.gelu rounds its constants to float32."""
    return 0.5 * x * (1 + ops.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
