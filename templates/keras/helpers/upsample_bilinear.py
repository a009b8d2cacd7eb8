def upsample_bilinear(x, scale):
    """Bilinear upsampling with half-pixel centres; keras.ops.image.resize would round to float32.

    To repeat each pixel and to average over as wide a window is to interpolate.
    """
    axes = range(1, x.ndim - 1)
    x = ops.pad(x, [(0, 0), *((1, 1) for _ in axes), (0, 0)], mode="symmetric")
    for axis in axes:
        x = ops.repeat(x, scale, axis=axis)
    x = ops.average_pool(x, scale, strides=1, padding="valid")
    if scale % 2 == 0:
        x = ops.average_pool(x, 2, strides=1, padding="valid")
    border = (scale + 1) // 2
    return x[(slice(None), *(slice(border, -border) for _ in axes))]
