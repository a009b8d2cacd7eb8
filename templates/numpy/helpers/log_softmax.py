def log_softmax(x, axis):
    """log(exp(x) / sum(exp(x))); the largest value is taken out, so that nothing overflows."""
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))
