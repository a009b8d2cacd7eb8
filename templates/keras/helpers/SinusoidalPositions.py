@keras.saving.register_keras_serializable()
class SinusoidalPositions(Layer):
    """Adds positions as waves of growing length; sine and cosine in turns, or in halves."""

    def __init__(self, halves=False, **kwargs):
        super().__init__(**kwargs)
        self.halves = halves

    def call(self, x):
        length, width = ops.shape(x)[1], x.shape[2]
        rates = ops.array([10000 ** (-2 * i / width) for i in range(width // 2)], dtype=x.dtype)
        angles = ops.arange(length, dtype=x.dtype)[:, None] * rates
        waves = [ops.sin(angles), ops.cos(angles)]
        if self.halves:
            return x + ops.concatenate(waves, axis=-1)
        return x + ops.reshape(ops.stack(waves, axis=-1), (length, width))

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "halves": self.halves}
