def bed_of_nails(x, kernel):
    """Each value in the first corner of a window of zeros."""
    y = np.zeros((*x.shape[:2], *np.multiply(x.shape[2:], kernel)))
    y[..., *(slice(None, None, k) for k in kernel)] = x
    return y
