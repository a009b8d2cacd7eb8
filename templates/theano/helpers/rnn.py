def rnn(net, x, features, units, activation, h=None):
    """The sequence of states and the last one."""
    kernel = net.weight(features, units, fan_in=features)
    recurrent = net.weight(units, units, fan_in=units)
    bias = net.constant(units)
    h = zero_state(x, units) if h is None else h

    def step(projected, h, recurrent):
        return activation(projected + T.dot(h, recurrent))

    h = scan(step, T.dot(x, kernel) + bias, [h], [recurrent])
    return h.dimshuffle(1, 0, 2), h[-1]
