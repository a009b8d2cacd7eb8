def rnn(net, x, features, units, activation):
    """The sequence of states and the last one."""
    kernel = net.weight(features, units, fan_in=features)
    recurrent = net.weight(units, units, fan_in=units)
    bias = net.constant(units)
    zeros = T.unbroadcast(T.zeros((x.shape[0], units), dtype=x.dtype), 1)

    def step(projected, h, recurrent):
        return activation(projected + T.dot(h, recurrent))

    h = scan(step, T.dot(x, kernel) + bias, [zeros], [recurrent])
    return h.dimshuffle(1, 0, 2), h[-1]
