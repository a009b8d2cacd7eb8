def pad_maps(x, amounts, value=0.0):
    """Surround maps by a constant; `amounts` are (before, after) for each spatial axis."""
    place, shape = [slice(None)] * x.ndim, list(x.shape)
    for axis, (before, after) in enumerate(amounts, start=2):
        place[axis] = slice(before, before + shape[axis])
        shape[axis] += before + after
    canvas = T.alloc(np.asarray(value, dtype=x.dtype), *shape)
    return T.set_subtensor(canvas[tuple(place)], x)
