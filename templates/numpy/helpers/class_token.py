def class_token(net, x):
    """The same learned vector in front of every sequence."""
    token = np.broadcast_to(net.constant(x.shape[-1]), (len(x), 1, x.shape[-1]))
    return np.concatenate([token, x], axis=1)
