def sinusoids(x, halves=False):
    """Positions as waves of growing length; sine and cosine in turns, or in halves."""
    length, width = x.shape[1:]
    angles = [[t / 10000 ** (2 * i / width) for i in range(width // 2)] for t in range(length)]
    waves = [ops.array(wave, dtype=x.dtype) for wave in (np.sin(angles), np.cos(angles))]
    if halves:
        return ops.concatenate(waves, axis=-1)
    return ops.reshape(ops.stack(waves, axis=-1), (length, width))
