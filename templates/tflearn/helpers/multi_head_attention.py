def multi_head_attention(query, key, value, heads, causal=False, mask=None):
    """Scaled dot-product attention; each head is a contiguous block of the features."""
    width = query.shape[-1].value

    def split(x):
        x = dense(x, width)
        x = tflearn.reshape(x, [-1, x.shape[1].value, heads, width // heads])
        return tf.transpose(x, [0, 2, 1, 3])

    q, k, v = split(query), split(key), split(value)
    y = tf.transpose(attention(q, k, v, causal, mask=mask), [0, 2, 1, 3])
    return dense(tflearn.reshape(y, [-1, y.shape[1].value, width]), width)
