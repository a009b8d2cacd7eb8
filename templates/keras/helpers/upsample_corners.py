def upsample_corners(x, scale):
    """Bilinear upsampling that leaves the corners in place, by interpolation matrices."""
    for axis, n in enumerate(x.shape[1:-1], start=1):
        at = np.linspace(0, n - 1, n * scale)
        weights = np.maximum(1 - abs(at[:, None] - np.arange(n)), 0)
        weights = ops.convert_to_tensor(weights, x.dtype)
        x = ops.moveaxis(ops.matmul(ops.moveaxis(x, axis, -1), ops.transpose(weights)), -1, axis)
    return x
