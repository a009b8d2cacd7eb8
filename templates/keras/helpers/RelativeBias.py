@keras.saving.register_keras_serializable()
class RelativeBias(Layer):
    """Adds to scores a learned number of the distance, one for each head."""

    def __init__(self, distance, **kwargs):
        super().__init__(**kwargs)
        self.distance = distance

    def build(self, shape):
        size = (2 * self.distance + 1, shape[1])
        self.table = self.add_weight(size, initializer="zeros", name="table")

    def call(self, x):
        queries, keys = (ops.arange(ops.shape(x)[axis]) for axis in (2, 3))
        places = ops.clip(keys - queries[:, None], -self.distance, self.distance)
        bias = ops.take(self.table, places + self.distance, axis=0)
        return x + ops.transpose(bias, (2, 0, 1))

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "distance": self.distance}
