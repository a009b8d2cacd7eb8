def additive_attention(query, memory, units):
    """Each memory's score is v * tanh(W query + U memory + b); the mean by their softmax."""
    projected = Dense(units, use_bias=False)(query)
    hidden = ops.tanh(ops.expand_dims(projected, 1) + Dense(units)(memory))
    weights = ops.softmax(Dense(1, use_bias=False)(hidden), axis=1)
    return ops.sum(weights * memory, axis=1)
