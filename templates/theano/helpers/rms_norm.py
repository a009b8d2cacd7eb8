def rms_norm(net, x, features, eps):
    scale = net.constant(features, 1.0)
    return x / T.sqrt(T.sqr(x).mean(axis=-1, keepdims=True) + eps) * scale
