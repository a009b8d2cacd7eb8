def softmax(x, axis):
    """Along any axis of any tensor; `T.nnet.softmax` takes matrices only."""
    e = T.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
