@keras.saving.register_keras_serializable()
class LearnedPositions(Layer):
    """A vector for each position, added."""

    def __init__(self, length, **kwargs):
        super().__init__(**kwargs)
        self.length = length

    def build(self, shape):
        self.table = self.add_weight((self.length, shape[-1]), name="table")

    def call(self, x):
        return x + self.table[: ops.shape(x)[1]]

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "length": self.length}
