def attention(query, key, value, causal=False, scaled=True, mask=None):
    """Each query's mean of the values, weighted by how well its key fits."""
    scores = tf.matmul(query, key, transpose_b=True)
    if scaled:
        scores /= query.shape[-1] ** 0.5
    if causal:
        scores = tf.where(tf.linalg.band_part(tf.ones_like(scores), -1, 0) > 0, scores, -1e30)
    if mask is not None:
        mask = mask[(slice(None), *[tf.newaxis] * (scores.shape.rank - 2))]
        scores = tf.where(mask > 0, scores, -1e30)
    return tf.nn.softmax(scores, axis=-1) @ value
