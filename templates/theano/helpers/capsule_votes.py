def capsule_votes(net, x, count, features, capsules, width):
    """What each capsule says of each capsule of the next layer: a matrix for each pair."""
    kernel = net.weight(count, capsules, features, width, fan_in=features)
    matrices = kernel.dimshuffle(0, 2, 1, 3).reshape((count, features, capsules * width))
    votes = T.batched_dot(x.dimshuffle(1, 0, 2), matrices)
    return votes.reshape((count, x.shape[0], capsules, width)).dimshuffle(1, 2, 0, 3)
