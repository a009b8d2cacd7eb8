class Embedding(tf.Module):
    """A vector for each token."""

    def __init__(self, vocabulary, width):
        super().__init__()
        self.table = tf.Variable(tf.random.uniform([vocabulary, width], -0.05, 0.05, DTYPE))

    def __call__(self, tokens, training=False):
        return tf.nn.embedding_lookup(self.table, tokens)
