def gru(net, x, units, reset_after, h=None):
    """h = z h + (1 - z) tanh(n), step by step from 0; the gates z, r are sigmoids of x w + h u + b.

    n is x w + b with r (h u + c) added if the reset gate acts behind the product, else (r h) u.
    """
    w, u = net.weight(x.shape[-1], 3 * units), net.weight(units, 3 * units)
    bias = net.constant(3 * units)
    own = net.constant(3 * units) if reset_after else np.zeros(3 * units)
    h = np.zeros((len(x), units)) if h is None else h
    steps = []
    for t in range(x.shape[1]):
        z, r, n = np.split(x[:, t] @ w + bias, 3, axis=-1)
        from_z, from_r, from_h = np.split(h @ u + own, 3, axis=-1)
        z, r = sigmoid(z + from_z), sigmoid(r + from_r)
        n = n + (r * from_h if reset_after else (r * h) @ u[:, 2 * units :])
        h = z * h + (1 - z) * np.tanh(n)
        steps.append(h)
    return np.stack(steps, axis=1), h
