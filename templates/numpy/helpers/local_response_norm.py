def local_response_norm(x, size, alpha, beta, k):
    """x[c] / (k + alpha * sum of x[i]^2 over the channels i around c)^beta."""
    border = [(0, 0), (size // 2, size // 2)] + [(0, 0)] * (x.ndim - 2)
    squares = sliding_window_view(np.pad(x**2, border), size, axis=1)
    return x / (k + alpha * squares.sum(axis=-1)) ** beta
