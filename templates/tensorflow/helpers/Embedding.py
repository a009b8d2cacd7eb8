class Embedding(tf.Module):
    """A vector for each token."""

    def __init__(self, vocabulary, width):
        super().__init__()
        table = tf.random.uniform([vocabulary, width], -0.05, 0.05, DTYPE)
        self.table = tf.Variable(table, name="table")

    def __call__(self, tokens, training=False):
        return tf.nn.embedding_lookup(self.table, tokens)
