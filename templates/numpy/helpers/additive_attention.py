def additive_attention(net, query, memory, units):
    """sum of a[i] memory[i], where a = softmax(e) and e[i] = v tanh(query w + memory[i] u + b)."""
    w = net.weight(query.shape[-1], units)
    hidden = np.tanh((query @ w)[:, None] + dense(net, memory, units))
    scores = hidden @ net.weight(units)
    return (softmax(scores, axis=1)[..., None] * memory).sum(axis=1)
