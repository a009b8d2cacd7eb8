def partial_batch_norm(net, x, features, eps, decay, scale=True, shift=True, axis=1):
    """Batch normalization without a learned factor, offset or both."""
    axes = [i for i in range(x.ndim) if i != axis % x.ndim]
    scale = net.constant(features, 1.0) if scale else T.ones(features)
    shift = net.constant(features) if shift else T.zeros(features)
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
