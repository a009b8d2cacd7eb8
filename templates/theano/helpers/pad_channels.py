def pad_channels(x, after):
    zeros = T.zeros((x.shape[0], after, x.shape[2], x.shape[3]), dtype=x.dtype)
    return T.concatenate([x, zeros], axis=1)
