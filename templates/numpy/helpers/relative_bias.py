def relative_bias(net, x, distance):
    """x[h, q, k] + table[clip(k - q, -distance, distance) + distance, h]."""
    table = net.weight(2 * distance + 1, x.shape[1])
    places = np.arange(x.shape[3]) - np.arange(x.shape[2])[:, None]
    return x + table[np.clip(places, -distance, distance) + distance].transpose(2, 0, 1)
