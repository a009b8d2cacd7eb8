def adaptive_pool(x, size, reduce):
    """Reduces windows that share each axis out, one axis after the other."""
    for axis, places in enumerate(size, 2):
        length = x.shape[axis]
        ends = [(i * length // places, -(-(i + 1) * length // places)) for i in range(places)]
        found = [reduce(x.take(range(a, b), axis), axis) for a, b in ends]
        x = np.stack(found, axis)
    return x
