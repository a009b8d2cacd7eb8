def masked_attention(query, key, value, mask):
    """Attention to the keys whose mask is not 0."""
    scores = tf.matmul(query, key, transpose_b=True) / query.shape[-1].value ** 0.5
    blocked = tf.cast(tf.equal(tf.expand_dims(mask, 1), 0), scores.dtype)
    return tf.matmul(tf.nn.softmax(scores - 1e30 * blocked, axis=-1), value)
