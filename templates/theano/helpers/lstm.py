def lstm(net, x, features, units, states=None):
    """The sequence of states, the last state and the last cell; gates in the order i, f, g, o."""
    kernel = net.weight(features, 4 * units, fan_in=features)
    recurrent = net.weight(units, 4 * units, fan_in=units)
    bias = net.constant(4 * units)

    def step(z, h, c, recurrent):
        z = z + T.dot(h, recurrent)
        i, f, g, o = (z[:, k * units : (k + 1) * units] for k in range(4))
        c = T.nnet.sigmoid(f) * c + T.nnet.sigmoid(i) * T.tanh(g)
        return T.nnet.sigmoid(o) * T.tanh(c), c

    states = states or [zero_state(x, units), zero_state(x, units)]
    h, c = scan(step, T.dot(x, kernel) + bias, states, [recurrent])
    return h.dimshuffle(1, 0, 2), h[-1], c[-1]
