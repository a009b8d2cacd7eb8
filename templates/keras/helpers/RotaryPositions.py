@keras.saving.register_keras_serializable()
class RotaryPositions(Layer):
    """Turns each pair of features by an angle that grows with the position."""

    def __init__(self, halves=False, **kwargs):
        super().__init__(**kwargs)
        self.halves = halves

    def call(self, x):
        length, width = ops.shape(x)[-2], x.shape[-1]
        rates = ops.array([10000 ** (-2 * i / width) for i in range(width // 2)], dtype=x.dtype)
        angles = ops.arange(length, dtype=x.dtype)[:, None] * rates
        sin, cos = ops.sin(angles), ops.cos(angles)
        if self.halves:
            a, b = ops.split(x, 2, axis=-1)
            return ops.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
        a, b = x[..., ::2], x[..., 1::2]
        y = ops.stack([a * cos - b * sin, b * cos + a * sin], axis=-1)
        return ops.reshape(y, ops.shape(x))

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "halves": self.halves}
