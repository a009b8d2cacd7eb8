class MultiHeadAttention(tf.Module):
    """Scaled dot-product attention; each head is a contiguous block of the features."""

    def __init__(self, features, heads, causal=False):
        super().__init__()
        self.query = Dense(features, features)
        self.key = Dense(features, features)
        self.value = Dense(features, features)
        self.output = Dense(features, features)
        self.heads, self.causal = heads, causal

    def __call__(self, query, key=None, value=None, mask=None, training=False):
        key = query if key is None else key
        value = key if value is None else value
        query, key, value = (
            tf.stack(tf.split(projected, self.heads, axis=-1), axis=1)
            for projected in (self.query(query), self.key(key), self.value(value))
        )
        attended = attention(query, key, value, causal=self.causal, mask=mask)
        return self.output(tf.concat(tf.unstack(attended, axis=1), axis=-1))
