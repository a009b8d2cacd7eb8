def silu(x):
    return x * T.nnet.sigmoid(x)
