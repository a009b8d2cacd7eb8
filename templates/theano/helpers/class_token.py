def class_token(net, x, features):
    """A learned vector in front of a sequence."""
    token = T.zeros_like(x[:, :1]) + net.constant(features).dimshuffle("x", "x", 0)
    return T.concatenate([token, x], axis=1)
