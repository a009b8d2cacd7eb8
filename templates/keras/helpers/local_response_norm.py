def local_response_norm(x, size, alpha, beta, k):
    """Each value by those of its neighbours in the channels; alpha is not divided by the size."""
    channels = x.shape[-1]
    border = [(0, 0)] * (x.ndim - 1) + [(size // 2, size // 2)]
    squares = ops.pad(ops.square(x), border)
    total = sum(squares[..., i : i + channels] for i in range(size))
    return x / (k + alpha * total) ** beta
