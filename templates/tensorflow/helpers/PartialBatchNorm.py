class PartialBatchNorm(tf.Module):
    """Batch normalization without a learned factor, offset or both."""

    def __init__(self, channels, eps, decay, scale=True, shift=True):
        super().__init__()
        ones, zeros = tf.ones([channels], DTYPE), tf.zeros([channels], DTYPE)
        self.scale = tf.Variable(ones, name="scale") if scale else None
        self.offset = tf.Variable(zeros, name="offset") if shift else None
        self.mean = tf.Variable(tf.zeros([channels], DTYPE), trainable=False, name="mean")
        self.variance = tf.Variable(tf.ones([channels], DTYPE), trainable=False, name="variance")
        self.eps, self.decay = eps, decay

    def __call__(self, x, training=False):
        mean, variance = self.mean, self.variance
        if training:
            mean, variance = tf.nn.moments(x, axes=list(range(x.shape.rank - 1)))
            count = tf.cast(tf.size(x) // tf.size(mean), x.dtype)
            unbiased = variance * count / (count - 1)
            self.mean.assign(self.decay * self.mean + (1 - self.decay) * mean)
            self.variance.assign(self.decay * self.variance + (1 - self.decay) * unbiased)
        return tf.nn.batch_normalization(
            x, mean, variance, offset=self.offset, scale=self.scale, variance_epsilon=self.eps
        )
