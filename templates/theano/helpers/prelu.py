def prelu(net, x, channels, init):
    """One slope per channel."""
    return T.nnet.relu(x, net.constant(channels, init).dimshuffle("x", 0, "x", "x"))
