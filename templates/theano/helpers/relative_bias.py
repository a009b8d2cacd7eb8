def relative_bias(net, x, heads, distance):
    """Adds to scores a learned number of the distance, one for each head."""
    table = net.constant((2 * distance + 1, heads))
    places = T.arange(x.shape[3]) - T.arange(x.shape[2]).dimshuffle(0, "x")
    places = T.clip(places, -distance, distance) + distance
    return x + table[places].dimshuffle("x", 2, 0, 1)
