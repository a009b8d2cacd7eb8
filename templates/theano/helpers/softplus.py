def softplus(x):
    """log(1 + exp(x)); `T.nnet.softplus` is x itself above 16 (14 in float32)."""
    return T.maximum(x, 0) + T.log1p(T.exp(-abs(x)))
