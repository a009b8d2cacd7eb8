def batched_dot(a, b):
    """`T.batched_dot` calls a BLAS; without one (empty blas.ldflags) the products are summed."""
    if theano.config.blas.ldflags:
        return T.batched_dot(a, b)
    return (a.dimshuffle(0, 1, 2, "x") * b.dimshuffle(0, "x", 1, 2)).sum(axis=2)
