def batch_norm(net, x, features, eps, decay, axis=1):
    """Statistics over all axes but `axis`; `decay` is the share that the running ones keep.

    Composed, since `T.nnet.bn` refuses an eps of 1e-5 in float32.
    """
    axes = [i for i in range(x.ndim) if i != axis % x.ndim]
    scale, shift = net.constant(features, 1.0), net.constant(features)
    mean = net.constant(features, trainable=False)
    variance = net.constant(features, 1.0, trainable=False)
    if net.training:
        running_mean, running_variance = mean, variance
        mean, variance = x.mean(axes), x.var(axes)
        count = T.cast(x.size // features, x.dtype)
        unbiased = variance * count / (count - 1)
        for running, found in ((running_mean, mean), (running_variance, unbiased)):
            before = net.updates.get(running, running)
            net.updates[running] = decay * before + (1 - decay) * found
    shape = [0 if i not in axes else "x" for i in range(x.ndim)]
    mean, factor, shift = (
        v.dimshuffle(shape) for v in (mean, scale / T.sqrt(variance + eps), shift)
    )
    return (x - mean) * factor + shift
