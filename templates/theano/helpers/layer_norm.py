def layer_norm(net, x, features, eps):
    scale, shift = net.constant(features, 1.0), net.constant(features)
    x = x - x.mean(axis=-1, keepdims=True)
    return x / T.sqrt(T.sqr(x).mean(axis=-1, keepdims=True) + eps) * scale + shift
