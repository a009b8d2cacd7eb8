def adaptive_pool(x, sizes, size, reduce):
    """Reduces windows that share each axis out, one axis after the other."""
    for axis, (length, places) in enumerate(zip(sizes, size, strict=True), 2):
        ends = [(i * length // places, -(-(i + 1) * length // places)) for i in range(places)]
        x = x.swapaxes(0, axis)
        x = T.stack([reduce(x[a:b], axis=0) for a, b in ends]).swapaxes(0, axis)
    return x
