@keras.saving.register_keras_serializable()
class ClassToken(Layer):
    """A learned vector in front of a sequence."""

    def build(self, shape):
        self.token = self.add_weight((shape[-1],), initializer="zeros", name="token")

    def call(self, x):
        token = ops.broadcast_to(self.token, (ops.shape(x)[0], 1, x.shape[-1]))
        return ops.concatenate([token, x], axis=1)

    def compute_output_shape(self, shape):
        samples, length, width = shape
        return samples, None if length is None else length + 1, width
