def pairwise_distance(a, b):
    """The distance of each row of one from each row of the other."""
    between = a.dimshuffle(0, 1, "x", 2) - b.dimshuffle(0, "x", 1, 2)
    return T.sqrt(T.sqr(between).sum(axis=-1))
