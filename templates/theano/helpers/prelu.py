def prelu(net, x, channels, init):
    """One slope per channel."""
    return T.nnet.relu(x, T.shape_padright(net.constant(channels, init), x.ndim - 2))
