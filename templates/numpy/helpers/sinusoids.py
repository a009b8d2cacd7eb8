def sinusoids(x, halves=False):
    """sin(t / 10000^(2 i / d)) and the cosine of the same, at 2 i and 2 i + 1, or in halves."""
    length, width = x.shape[1:]
    angles = np.arange(length)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    waves = [np.sin(angles), np.cos(angles)]
    return np.concatenate(waves, -1) if halves else np.stack(waves, -1).reshape(length, width)
