def masked_attention(query, key, value, mask):
    """softmax(q k^T / sqrt(d)) v over the keys whose mask is not 0."""
    scores = query @ key.swapaxes(-1, -2) / math.sqrt(query.shape[-1])
    return softmax(np.where(mask[:, None] > 0, scores, -np.inf), axis=-1) @ value
