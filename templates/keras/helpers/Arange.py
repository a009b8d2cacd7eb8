@keras.saving.register_keras_serializable()
class Arange(Layer):
    """The integers from 0 up to a length, for each sample."""

    def __init__(self, length, **kwargs):
        super().__init__(**kwargs)
        self.length = length

    def call(self, x):
        return ops.broadcast_to(ops.arange(self.length), (ops.shape(x)[0], self.length))

    def compute_output_spec(self, x):
        return keras.KerasTensor((x.shape[0], self.length), dtype="int32")

    def get_config(self):
        return {**super().get_config(), "length": self.length}
