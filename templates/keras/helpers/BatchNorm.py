@keras.saving.register_keras_serializable()
class BatchNorm(BatchNormalization):
    """Batch normalization with an unbiased running variance; that of Keras' own layer is biased."""

    def call(self, inputs, training=None):
        kept = self.momentum * self.moving_variance
        outputs = super().call(inputs, training=training)
        if training and self.trainable:
            count = ops.cast(ops.size(inputs) // inputs.shape[-1], kept.dtype)
            added = self.moving_variance - kept
            self.moving_variance.assign(kept + added * count / (count - 1))
        return outputs
