def softmax(x, axis):
    """exp(x) / sum of exp(x); less the maximum, x gives the same, and exp(x) stays small."""
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
