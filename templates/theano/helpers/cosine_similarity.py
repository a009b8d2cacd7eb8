def cosine_similarity(a, b, eps):
    """The cosine of the angle between vectors."""

    def dot(a, b):
        return (a * b).sum(axis=-1, keepdims=True)

    return dot(a, b) / T.maximum(T.sqrt(dot(a, a) * dot(b, b)), eps)
