def rnn(net, x, units, activation, h=None):
    """h = activation(x w + h u + bias), step by step from 0. Gives every h, and the last."""
    w, u = net.weight(x.shape[-1], units), net.weight(units, units)
    bias = net.constant(units)
    h = np.zeros((len(x), units)) if h is None else h
    steps = []
    for t in range(x.shape[1]):
        h = activation(x[:, t] @ w + h @ u + bias)
        steps.append(h)
    return np.stack(steps, axis=1), h
