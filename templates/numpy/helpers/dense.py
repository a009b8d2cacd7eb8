def dense(net, x, units, bias=True):
    """y = x w + bias, along the last axis."""
    y = x @ net.weight(x.shape[-1], units)
    return y + net.constant(units) if bias else y
