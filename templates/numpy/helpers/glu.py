def glu(x, axis):
    """The second half along the axis is the gate of the first."""
    values, gate = np.split(x, 2, axis=axis)
    return values * sigmoid(gate)
