def dense(net, x, features, units, bias=True):
    y = T.dot(x, net.weight(features, units, fan_in=features))
    return y + net.constant(units) if bias else y
