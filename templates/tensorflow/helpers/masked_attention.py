def masked_attention(query, key, value, mask):
    """Attention to the keys whose mask is not 0."""
    scores = tf.matmul(query, key, transpose_b=True) / query.shape[-1] ** 0.5
    scores = tf.where(mask[:, None] > 0, scores, -1e30)
    return tf.nn.softmax(scores, axis=-1) @ value
