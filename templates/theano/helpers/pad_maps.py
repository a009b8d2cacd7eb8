def pad_maps(x, amounts, value=0.0):
    """Surround maps by a constant; `amounts` are ((top, bottom), (left, right))."""
    (top, bottom), (left, right) = amounts
    batch, channels, height, width = (x.shape[i] for i in range(4))
    shape = batch, channels, top + height + bottom, left + width + right
    canvas = T.alloc(np.asarray(value, dtype=x.dtype), *shape)
    return T.set_subtensor(canvas[:, :, top : top + height, left : left + width], x)
