def glu(x, axis):
    """A gated linear unit: the second half along the axis is the gate."""
    half = x.shape[axis] // 2
    values, gate = T.split(x, [half, half], 2, axis=axis)
    return values * T.nnet.sigmoid(gate)
