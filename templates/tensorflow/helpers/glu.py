def glu(x, axis):
    """A gated linear unit: the second half along the axis is the gate."""
    values, gate = tf.split(x, 2, axis=axis)
    return values * tf.sigmoid(gate)
