class Dense:
    """y = x @ kernel + bias, on the last axis."""

    def __init__(self, features, units, bias=True):
        self.kernel = np.random.randn(features, units) / features**0.5
        if bias:
            self.bias = np.zeros(units)

    def __call__(self, x):
        y = x @ self.kernel
        return y + self.bias if hasattr(self, "bias") else y
