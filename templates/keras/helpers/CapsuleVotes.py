class CapsuleVotes(Layer):
    """What each capsule says of each capsule of the next layer: a matrix for each pair."""

    def __init__(self, capsules, width):
        super().__init__()
        self.capsules, self.width = capsules, width

    def build(self, shape):
        shape = (shape[-2], self.capsules, shape[-1], self.width)
        self.kernel = self.add_weight(shape=shape, name="kernel")

    def call(self, x):
        return ops.einsum("bnd,njde->bjne", x, self.kernel)
