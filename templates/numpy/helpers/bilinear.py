def bilinear(net, a, b, units, bias=True):
    """y_u = sum over i and j of a_i w_uij b_j, + bias."""
    kernel = net.weight(units, a.shape[-1], b.shape[-1])
    y = np.einsum("bi,uij,bj->bu", a, kernel, b)
    return y + net.constant(units) if bias else y
