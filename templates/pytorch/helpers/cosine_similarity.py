def cosine_similarity(a, b, eps):
    """The cosine of the angle between vectors."""

    def dot(a, b):
        return (a * b).sum(-1, keepdim=True)

    return dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().clamp(min=eps)
