def gelu(x):
    """x * P(X <= x) for a standard normal X."""
    return x * (1 + erf(x / math.sqrt(2))) / 2
