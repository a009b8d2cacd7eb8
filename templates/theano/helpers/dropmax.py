def dropmax(x, retain, eps):
    """A softmax over those classes that are retained."""
    e = (retain + eps) * T.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
