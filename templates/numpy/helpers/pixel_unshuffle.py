def pixel_unshuffle(x, scale):
    """y[c * r^2 + dy * r + dx, h, w] = x[c, h * r + dy, w * r + dx]."""
    batch, channels, height, width = x.shape
    x = x.reshape(batch, channels, height // scale, scale, width // scale, scale)
    x = x.transpose(0, 1, 3, 5, 2, 4)
    return x.reshape(batch, channels * scale**2, height // scale, width // scale)
