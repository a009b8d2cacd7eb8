class AdditiveAttention(tf.Module):
    """Each memory's score is v * tanh(W query + U memory + b); the mean by their softmax."""

    def __init__(self, query_features, memory_features, units):
        super().__init__()
        self.query = Dense(query_features, units, bias=False)
        self.memory = Dense(memory_features, units)
        self.score = Dense(units, 1, bias=False)

    def __call__(self, query, memory, training=False):
        hidden = tf.tanh(self.query(query)[:, None] + self.memory(memory))
        weights = tf.nn.softmax(self.score(hidden), axis=1)
        return tf.reduce_sum(weights * memory, axis=1)
