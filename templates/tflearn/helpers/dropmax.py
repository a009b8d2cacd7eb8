def dropmax(x, retain, eps):
    """A softmax over those classes that are retained."""
    e = (retain + eps) * tf.exp(x - tf.reduce_max(x, axis=-1, keepdims=True))
    return e / tf.reduce_sum(e, axis=-1, keepdims=True)
