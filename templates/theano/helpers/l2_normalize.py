def l2_normalize(x, axis, eps):
    """`eps` is the least norm."""
    return x / T.maximum(T.sqrt(T.sqr(x).sum(axis=axis, keepdims=True)), eps)
