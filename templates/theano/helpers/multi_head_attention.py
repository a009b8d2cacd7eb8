def multi_head_attention(net, query, key, value, features, heads):
    """Scaled dot products; a head is a contiguous block of the features."""
    size = features // heads

    def split(x):
        x = dense(net, x, features, features)
        x = x.reshape((x.shape[0], x.shape[1], heads, size)).dimshuffle(0, 2, 1, 3)
        return x.reshape((x.shape[0] * heads, x.shape[2], size))

    q, k, v = split(query), split(key), split(value)
    weights = softmax(batched_dot(q, k.dimshuffle(0, 2, 1)) / size**0.5, axis=-1)
    y = batched_dot(weights, v)
    y = y.reshape((query.shape[0], heads, query.shape[1], size)).dimshuffle(0, 2, 1, 3)
    return dense(net, y.flatten(3), features, features)
