def lstm(net, x, units, h=None, c=None):
    """c = sigmoid(f) * c + sigmoid(i) * tanh(g) and h = sigmoid(o) * tanh(c), step by step from 0.

    The gates [i, f, g, o] are x w + h u + bias. Gives every h, the last h and the last c.
    """
    w = net.weight(x.shape[-1], 4 * units)
    u = net.weight(units, 4 * units)
    bias = net.constant(4 * units)
    if h is None:
        h = c = np.zeros((len(x), units))
    steps = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ w + h @ u + bias, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        steps.append(h)
    return np.stack(steps, axis=1), h, c
