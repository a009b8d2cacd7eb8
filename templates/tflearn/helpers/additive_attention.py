def additive_attention(query, memory, units):
    """Each memory's score is v * tanh(W query + U memory + b); the mean by their softmax."""
    projected = tflearn.fully_connected(query, units, activation="linear", bias=False)
    hidden = tf.tanh(tf.expand_dims(projected, 1) + dense(memory, units))
    weights = tf.nn.softmax(dense(hidden, 1, bias=False), axis=1)
    return tf.reduce_sum(weights * memory, axis=1)
