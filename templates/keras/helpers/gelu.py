def gelu(x):
    """The exact GELU; keras.ops.gelu rounds a constant to float32."""
    return 0.5 * x * (1 + ops.erf(x / math.sqrt(2)))
