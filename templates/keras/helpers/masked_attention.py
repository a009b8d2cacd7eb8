def masked_attention(query, key, value, mask):
    """Attention to the keys whose mask is not 0."""
    scores = ops.matmul(query, ops.swapaxes(key, -1, -2)) / math.sqrt(query.shape[-1])
    scores = ops.where(mask[:, None] > 0, scores, -1e30)
    return ops.matmul(ops.softmax(scores, axis=-1), value)
