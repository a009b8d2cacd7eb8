def local_response_norm(x, size, alpha, beta, k):
    """tf.nn.lrn computes in float32, whatever the dtype of x."""
    channels = x.shape[-1]
    squares = tf.pad(x * x, [[0, 0]] * (x.shape.rank - 1) + [[size // 2, size // 2]])
    total = tf.add_n([squares[..., i : i + channels] for i in range(size)])
    return x / (k + alpha * total) ** beta
