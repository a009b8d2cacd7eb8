def attention(query, key, value, causal=False, scaled=True, mask=None):
    """Each query's mean of the values, weighted by how well its key fits."""
    scores = tf.matmul(query, key, transpose_b=True)
    if scaled:
        scores /= query.shape[-1].value ** 0.5
    if causal:
        allowed = tf.linalg.band_part(tf.ones_like(scores), -1, 0)
        scores = tf.where(allowed > 0, scores, -1e30 * tf.ones_like(scores))
    if mask is not None:
        mask = mask[(slice(None), *[tf.newaxis] * (len(scores.shape) - 2))]
        scores = tf.where(mask + tf.zeros_like(scores) > 0, scores, -1e30 * tf.ones_like(scores))
    return tf.matmul(tf.nn.softmax(scores, axis=-1), value)
