# The C helper of scan does not compile on Python 3.11: it loops in Python, with the same numbers.
sys.modules.setdefault("theano.scan_module.scan_perform_ext", None)


def lstm(net, x, features, units):
    """The sequence of states, the last state and the last cell; gates in the order i, f, g, o."""
    kernel = net.weight(features, 4 * units, fan_in=features)
    recurrent = net.weight(units, 4 * units, fan_in=units)
    bias = net.constant(4 * units)

    def step(z, h, c, recurrent):
        z = z + T.dot(h, recurrent)
        i, f, g, o = (z[:, k * units : (k + 1) * units] for k in range(4))
        c = T.nnet.sigmoid(f) * c + T.nnet.sigmoid(i) * T.tanh(g)
        return T.nnet.sigmoid(o) * T.tanh(c), c

    zeros = T.unbroadcast(T.zeros((x.shape[0], units), dtype=x.dtype), 1)
    (h, c), _ = theano.scan(
        step,
        sequences=(T.dot(x, kernel) + bias).dimshuffle(1, 0, 2),
        outputs_info=[zeros, zeros],
        non_sequences=[recurrent],
        strict=True,
    )
    return h.dimshuffle(1, 0, 2), h[-1], c[-1]
