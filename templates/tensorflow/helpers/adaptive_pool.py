def adaptive_pool(x, sizes, size, reduce):
    """Reduces windows that share each axis out, one axis after the other."""
    for axis, (length, places) in enumerate(zip(sizes, size, strict=True), 1):
        ends = [(i * length // places, -(-(i + 1) * length // places)) for i in range(places)]
        windows = [tf.gather(x, range(a, b), axis=axis) for a, b in ends]
        x = tf.stack([reduce(window, axis=axis) for window in windows], axis=axis)
    return x
