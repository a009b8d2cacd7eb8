def cosine_similarity(a, b, eps):
    """The cosine of the angle between vectors."""

    def dot(a, b):
        return tf.reduce_sum(a * b, axis=-1, keepdims=True)

    return dot(a, b) / tf.maximum(tf.sqrt(dot(a, a) * dot(b, b)), eps)
