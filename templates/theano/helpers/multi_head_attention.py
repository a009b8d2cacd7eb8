def multi_head_attention(net, query, key, value, features, heads, causal=False, mask=None):
    """Scaled dot products; a head is a contiguous block of the features."""
    size = features // heads

    def split(x):
        x = dense(net, x, features, features)
        return x.reshape((x.shape[0], x.shape[1], heads, size)).dimshuffle(0, 2, 1, 3)

    y = attention(split(query), split(key), split(value), causal, mask=mask)
    return dense(net, y.dimshuffle(0, 2, 1, 3).flatten(3), features, features)
