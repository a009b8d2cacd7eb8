@keras.saving.register_keras_serializable()
class CapsuleVotes(Layer):
    """What each capsule says of each capsule of the next layer: a matrix for each pair."""

    def __init__(self, capsules, width, **kwargs):
        super().__init__(**kwargs)
        self.capsules, self.width = capsules, width

    def build(self, shape):
        shape = (shape[-2], self.capsules, shape[-1], self.width)
        self.kernel = self.add_weight(shape, name="kernel")

    def call(self, x):
        return ops.einsum("bnd,njde->bjne", x, self.kernel)

    def compute_output_shape(self, shape):
        return shape[0], self.capsules, shape[1], self.width

    def get_config(self):
        return {**super().get_config(), "capsules": self.capsules, "width": self.width}
