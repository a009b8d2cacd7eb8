def attention(query, key, value, causal=False, scaled=True, mask=None):
    """Each query's mean of the values, weighted by how well its key fits."""
    scores = matmul(query, key.swapaxes(key.ndim - 2, key.ndim - 1))
    if scaled:
        scores = scores / T.sqrt(T.cast(query.shape[-1], query.dtype))
    if causal:
        allowed = T.tri(scores.shape[-2], scores.shape[-1], dtype=scores.dtype)
        scores = T.switch(T.eq(allowed, 1), scores, -1e30)
    if mask is not None:
        mask = mask.dimshuffle(0, *["x"] * (scores.ndim - 2), 1)
        scores = T.switch(T.gt(mask, 0), scores, -1e30)
    return matmul(softmax(scores, axis=-1), value)
