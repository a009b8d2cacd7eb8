@keras.saving.register_keras_serializable()
class StandardizedConv2D(Conv2D):
    """A convolution with kernels of mean 0 and variance 1, whatever is learned."""

    def __init__(self, *args, eps, **kwargs):
        super().__init__(*args, **kwargs)
        self.eps = eps

    def convolution_op(self, inputs, kernel):
        mean, variance = ops.moments(kernel, axes=[0, 1, 2])
        kernel = (kernel - mean) / ops.sqrt(variance + self.eps)
        return super().convolution_op(inputs, kernel)

    def get_config(self):
        return {**super().get_config(), "eps": self.eps}
