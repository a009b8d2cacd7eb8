def rnn(net, x, features, units, activation):
    """The sequence of states and the last one."""
    kernel = net.weight(features, units, fan_in=features)
    recurrent = net.weight(units, units, fan_in=units)
    bias = net.constant(units)
    zeros = T.unbroadcast(T.zeros((x.shape[0], units), dtype=x.dtype), 1)
    h, _ = theano.scan(
        lambda z, h, recurrent: activation(z + T.dot(h, recurrent)),
        sequences=(T.dot(x, kernel) + bias).dimshuffle(1, 0, 2),
        outputs_info=[zeros],
        non_sequences=[recurrent],
        strict=True,
    )
    return h.dimshuffle(1, 0, 2), h[-1]
