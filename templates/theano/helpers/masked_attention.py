def masked_attention(query, key, value, mask):
    """Attention to the keys whose mask is not 0."""
    scores = batched_dot(query, key.dimshuffle(0, 2, 1))
    scores = scores / T.sqrt(T.cast(query.shape[-1], query.dtype))
    scores = T.switch(T.gt(mask.dimshuffle(0, "x", 1), 0), scores, -1e30)
    return batched_dot(softmax(scores, axis=-1), value)
