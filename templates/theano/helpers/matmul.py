def matmul(a, b):
    """The product of the last two axes; `T.batched_dot` knows one axis before them."""
    if a.ndim == 3:
        return batched_dot(a, b)
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    y = batched_dot(a.reshape((-1, rows, inner)), b.reshape((-1, inner, columns)))
    return y.reshape([*(a.shape[i] for i in range(a.ndim - 1)), columns])
