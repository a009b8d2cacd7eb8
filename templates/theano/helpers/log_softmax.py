def log_softmax(x, axis):
    """Along any axis of any tensor; `T.nnet.logsoftmax` takes matrices only."""
    x = x - x.max(axis=axis, keepdims=True)
    return x - T.log(T.exp(x).sum(axis=axis, keepdims=True))
