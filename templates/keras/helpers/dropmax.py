def dropmax(x, retain, eps):
    """A softmax over those classes that are retained."""
    e = (retain + eps) * ops.exp(x - ops.max(x, axis=-1, keepdims=True))
    return e / ops.sum(e, axis=-1, keepdims=True)
