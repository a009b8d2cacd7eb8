def rotary(x, halves=False):
    """Each pair (a, b) of features turned by the angle t / 10000^(2 i / d), t being the step."""
    length, width = x.shape[-2:]
    angles = np.arange(length)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    a, b = np.split(x, 2, axis=-1) if halves else (x[..., ::2], x[..., 1::2])
    turned = a * np.cos(angles) - b * np.sin(angles), b * np.cos(angles) + a * np.sin(angles)
    return np.concatenate(turned, -1) if halves else np.stack(turned, -1).reshape(x.shape)
