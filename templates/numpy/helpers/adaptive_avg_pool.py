def adaptive_avg_pool(x, size):
    """Means over windows that share each axis out, one axis after the other."""
    for axis, places in enumerate(size, 2):
        length = x.shape[axis]
        ends = [(i * length // places, -(-(i + 1) * length // places)) for i in range(places)]
        means = [x.take(range(a, b), axis).mean(axis) for a, b in ends]
        x = np.stack(means, axis)
    return x
