def gru(net, x, features, units, reset_after, h=None):
    """The sequence of states and the last one; gates in the order z, r, h."""
    kernel = net.weight(features, 3 * units, fan_in=features)
    recurrent = net.weight(units, 3 * units, fan_in=units)
    bias = net.constant(3 * units)
    given = [recurrent, net.constant(3 * units)] if reset_after else [recurrent]

    def after(projected, h, recurrent, recurrent_bias):
        own = T.dot(h, recurrent) + recurrent_bias
        (z, r, n), (from_z, from_r, from_n) = (
            [v[:, k * units : (k + 1) * units] for k in range(3)] for v in (projected, own)
        )
        z, r = T.nnet.sigmoid(z + from_z), T.nnet.sigmoid(r + from_r)
        return z * h + (1 - z) * T.tanh(n + r * from_n)

    def before(projected, h, recurrent):
        z, r, n = (projected[:, k * units : (k + 1) * units] for k in range(3))
        gates = T.dot(h, recurrent[:, : 2 * units])
        z, r = T.nnet.sigmoid(z + gates[:, :units]), T.nnet.sigmoid(r + gates[:, units:])
        return z * h + (1 - z) * T.tanh(n + T.dot(r * h, recurrent[:, 2 * units :]))

    h = zero_state(x, units) if h is None else h
    step = after if reset_after else before
    h = scan(step, T.dot(x, kernel) + bias, [h], given)
    return h.dimshuffle(1, 0, 2), h[-1]
