def glorot_uniform(shape):
    """Initial values of a weight; its last two axes are inputs and outputs, in either order."""
    limit = (6 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1]))) ** 0.5
    return tf.random.uniform(shape, -limit, limit, DTYPE)
