def rrelu(net, x, low, high):
    """A ReLU with a random slope below zero while training, and the mean slope else."""
    slope = (low + high) / 2
    if net.training and low < high:
        slope = random_streams.uniform(x.shape, low, high, ndim=x.ndim, dtype=x.dtype)
    return T.switch(x > 0, x, slope * x)
