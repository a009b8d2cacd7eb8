def leaky_relu(x, slope):
    """Leaky ReLU; the slope of keras.ops.leaky_relu is rounded to float32."""
    return ops.where(x > 0, x, slope * x)
