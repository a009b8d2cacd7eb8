def local_response_norm(x, size, alpha, beta, k):
    """`tflearn.local_response_normalization` computes in float32, whatever the dtype of x."""
    channels = x.shape[-1].value
    squares = tf.pad(x * x, [[0, 0]] * (len(x.shape) - 1) + [[size // 2, size // 2]])
    total = tf.add_n([squares[..., i : i + channels] for i in range(size)])
    return x / (k + alpha * total) ** beta
