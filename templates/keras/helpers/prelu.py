def prelu(x, init):
    """PReLU with one slope for each channel, shared by all positions."""
    slopes = keras.initializers.Constant(init)
    return PReLU(alpha_initializer=slopes, shared_axes=list(range(1, x.ndim - 1)))(x)
