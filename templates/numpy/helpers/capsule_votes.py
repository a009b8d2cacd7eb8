def capsule_votes(net, x, capsules, width):
    """y_jn = x_n W_nj: a matrix for each capsule and each capsule of the next layer."""
    kernel = net.weight(x.shape[-2], capsules, x.shape[-1], width)
    return np.einsum("bnd,njde->bjne", x, kernel)
