class Network:
    """Hands out the arrays of `theta` in the order of the lines; makes those that are not there."""

    def __init__(self, theta, training=False):
        self.theta, self.training, self.place = theta, training, 0

    def array(self, shape, start):
        if self.place == len(self.theta):
            self.theta.append(start(shape))
        array = self.theta[self.place]
        if array.shape != shape:
            raise ValueError(f"theta[{self.place}] must be {shape}, and is {array.shape}")
        self.place += 1
        return array

    def weight(self, *shape):
        """Starts as normal numbers of variance 2 / fan-in."""
        deviation = math.sqrt(2 / math.prod(shape[:-1]))
        return self.array(shape, lambda shape: np.random.normal(0, deviation, shape))

    def constant(self, size, value=0.0):
        return self.array((size,), lambda shape: np.full(shape, value))
