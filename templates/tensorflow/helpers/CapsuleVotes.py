class CapsuleVotes(tf.Module):
    """What each capsule says of each capsule of the next layer: a matrix for each pair."""

    def __init__(self, count, features, capsules, width):
        super().__init__()
        shape = [count, capsules, features, width]
        self.kernel = tf.Variable(glorot_uniform(shape), name="kernel")

    def __call__(self, x, training=False):
        return tf.einsum("bnd,njde->bjne", x, self.kernel)
