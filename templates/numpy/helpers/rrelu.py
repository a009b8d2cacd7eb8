def rrelu(net, x, low, high):
    """x above 0, slope * x below; the slope is drawn in training, and else the mean slope."""
    slope = np.random.uniform(low, high, x.shape) if net.training else (low + high) / 2
    return np.where(x > 0, x, slope * x)
