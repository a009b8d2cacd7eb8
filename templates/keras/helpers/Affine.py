@keras.saving.register_keras_serializable()
class Affine(Layer):
    """A factor and an offset for each channel."""

    def build(self, shape):
        self.scale = self.add_weight(shape[-1:], initializer="ones", name="scale")
        self.offset = self.add_weight(shape[-1:], initializer="zeros", name="offset")

    def call(self, x):
        return x * self.scale + self.offset

    def compute_output_shape(self, shape):
        return shape
