def upsample_bilinear(x, scale, align_corners=False):
    """By interpolation matrices, with half-pixel centres or fixed corners, axis by axis."""
    for _ in range(x.ndim - 2):
        size = x.shape[2]
        pixels, last = T.arange(size, dtype=x.dtype), T.cast(size - 1, x.dtype)
        centres = T.arange(size * scale, dtype=x.dtype)
        if align_corners:
            centres = centres * last / T.maximum(T.cast(size * scale - 1, x.dtype), 1)
        else:
            centres = T.clip((centres + 0.5) / scale - 0.5, 0, last)
        weights = T.maximum(1 - abs(centres.dimshuffle(0, "x") - pixels), 0)
        x = T.tensordot(x, weights, axes=(2, 1))
    return x
