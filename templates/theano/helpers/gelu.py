def gelu(x):
    return 0.5 * x * (1 + T.erf(x / 2**0.5))
