def upsample_linear(x, scale, align_corners=False):
    """y[p] = sum of max(1 - |at[p] - q|, 0) * x[q] over q, along one axis after the other.

    at[p] = (p + 1/2) / scale - 1/2 is where p lies among the q, kept within the border. Where the
    corners stay, it is p (n - 1) / (scale n - 1).
    """
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        at = np.clip((np.arange(n * scale) + 0.5) / scale - 0.5, 0, n - 1)
        if align_corners:
            at = np.linspace(0, n - 1, n * scale)
        weight = np.maximum(1 - abs(at[:, None] - np.arange(n)), 0)
        x = np.moveaxis(np.moveaxis(x, axis, -1) @ weight.T, -1, axis)
    return x
