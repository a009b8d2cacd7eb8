@keras.saving.register_keras_serializable()
class Ones(Layer):
    """Ones of this shape for each sample."""

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = shape

    def call(self, x):
        return ops.ones((ops.shape(x)[0], *self.shape), x.dtype)

    def compute_output_shape(self, shape):
        return shape[0], *self.shape

    def get_config(self):
        return {**super().get_config(), "shape": self.shape}
