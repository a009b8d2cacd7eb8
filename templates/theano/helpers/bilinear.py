def bilinear(net, a, b, left, right, units, bias=True):
    """A bilinear form for each unit."""
    kernel = net.weight(units, left, right, fan_in=left * right)
    y = (T.tensordot(a, kernel, [[1], [1]]) * b.dimshuffle(0, "x", 1)).sum(axis=2)
    return y + net.constant(units) if bias else y
