def additive_attention(net, query, memory, query_features, memory_features, units):
    """Each memory's score is v * tanh(W query + U memory + b); the mean by their softmax."""
    projected = dense(net, query, query_features, units, bias=False)
    hidden = T.tanh(projected.dimshuffle(0, "x", 1) + dense(net, memory, memory_features, units))
    scores = T.dot(hidden, net.weight(units, fan_in=units))
    return (softmax(scores, axis=1).dimshuffle(0, 1, "x") * memory).sum(axis=1)
