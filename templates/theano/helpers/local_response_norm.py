def local_response_norm(x, size, alpha, beta, k):
    """Each value by those of its neighbours in the channels; alpha is not divided by the size."""
    channels = x.shape[1]
    border = T.zeros_like(x[:, : size // 2])
    squares = T.concatenate([border, T.sqr(x), border], axis=1)
    total = sum(squares[:, i : i + channels] for i in range(size))
    return x / (k + alpha * total) ** beta
