def sinusoids(x, halves=False):
    """Positions as waves of growing length; sine and cosine in turns, or in halves."""
    length, width = x.shape[1], x.shape[2]
    rates = 10000.0 ** (-2.0 * T.arange(width // 2) / width)
    angles = T.cast(T.arange(length).dimshuffle(0, "x") * rates, x.dtype)
    waves = [T.sin(angles), T.cos(angles)]
    if halves:
        return T.concatenate(waves, axis=-1)
    return T.stack(waves, axis=-1).reshape((length, width))
