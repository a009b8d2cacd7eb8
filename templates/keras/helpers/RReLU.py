@keras.saving.register_keras_serializable()
class RReLU(Layer):
    """A ReLU with a random slope below zero in training, and the mean slope else."""

    def __init__(self, low, high, **kwargs):
        super().__init__(**kwargs)
        self.low, self.high = low, high
        self.seeds = keras.random.SeedGenerator()

    def call(self, x, training=False):
        slope = (self.low + self.high) / 2
        if training:
            share = keras.random.uniform(ops.shape(x), dtype=x.dtype, seed=self.seeds)
            slope = self.low + share * (self.high - self.low)
        return ops.where(x > 0, x, slope * x)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "low": self.low, "high": self.high}
