def peephole_lstm(net, x, features, units):
    """An LSTM whose gates see the cell; the output gate sees the new one. Gates: i, f, g, o."""
    kernel = net.weight(features, 4 * units, fan_in=features)
    recurrent = net.weight(units, 4 * units, fan_in=units)
    bias = net.constant(4 * units)
    peephole = net.weight(3, units, fan_in=units)

    def step(z, h, c, recurrent, peephole):
        z = z + T.dot(h, recurrent)
        i, f, g, o = (z[:, k * units : (k + 1) * units] for k in range(4))
        to_i, to_f, to_o = (peephole[k] for k in range(3))
        kept = T.nnet.sigmoid(f + to_f * c) * c
        c = kept + T.nnet.sigmoid(i + to_i * c) * T.tanh(g)
        return T.nnet.sigmoid(o + to_o * c) * T.tanh(c), c

    zeros = T.unbroadcast(T.zeros((x.shape[0], units), dtype=x.dtype), 1)
    h, c = scan(step, T.dot(x, kernel) + bias, [zeros, zeros], [recurrent, peephole])
    return h.dimshuffle(1, 0, 2), h[-1], c[-1]
