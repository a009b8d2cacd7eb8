def attention(query, key, value, causal=False, scaled=True, mask=None):
    """Each query's mean of the values, weighted by how well its key fits."""
    scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
    if scaled:
        scores = scores / math.sqrt(query.shape[-1])
    if causal:
        scores = ops.where(ops.tril(ops.ones_like(scores)) > 0, scores, -1e30)
    if mask is not None:
        scores = ops.where(mask[:, None] > 0, scores, -1e30)
    return ops.matmul(ops.softmax(scores, axis=-1), value)
