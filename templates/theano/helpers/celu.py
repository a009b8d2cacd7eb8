def celu(x, alpha):
    return T.maximum(x, 0) + alpha * T.expm1(T.minimum(x, 0) / alpha)
