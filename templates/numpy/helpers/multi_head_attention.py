def multi_head_attention(net, query, key, value, heads, causal=False, mask=None):
    """softmax(q k^T / sqrt(d)) v in each head, which has d features, between four projections."""

    def project(x):
        x = dense(net, x, query.shape[-1])
        return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)

    q, k, v = project(query), project(key), project(value)
    y = attention(q, k, v, causal, mask=mask)
    return dense(net, y.swapaxes(1, 2).reshape(query.shape), query.shape[-1])
