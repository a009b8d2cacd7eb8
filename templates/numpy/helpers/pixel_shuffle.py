def pixel_shuffle(x, scale):
    """y[c, h * r + dy, w * r + dx] = x[c * r^2 + dy * r + dx, h, w]."""
    batch, channels, height, width = x.shape
    x = x.reshape(batch, -1, scale, scale, height, width).transpose(0, 1, 4, 2, 5, 3)
    return x.reshape(batch, channels // scale**2, height * scale, width * scale)
