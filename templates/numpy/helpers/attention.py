def attention(query, key, value, causal=False, scaled=True, mask=None):
    """softmax(q k^T / sqrt(d)) v; if causal, step t sees the steps up to t."""
    scores = query @ key.swapaxes(-1, -2) / (math.sqrt(query.shape[-1]) if scaled else 1)
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:]), scores, -np.inf)
    if mask is not None:
        mask = np.expand_dims(mask, tuple(range(1, scores.ndim - 1)))
        scores = np.where(mask > 0, scores, -np.inf)
    return softmax(scores, axis=-1) @ value
