def logsumexp(x, axis):
    """The largest value is taken out first, so that nothing overflows."""
    largest = x.max(axis=axis, keepdims=True)
    return T.log(T.exp(x - largest).sum(axis=axis)) + x.max(axis=axis)
