def max_unpool(x, indices, kernel):
    """Put each value back where `max_pool_with_indices` found it, among zeros."""
    rows, columns = kernel
    batch, channels, height, width = (x.shape[i] for i in range(4))
    chosen = T.eq(indices.dimshuffle(0, 1, 2, 3, "x"), T.arange(rows * columns))
    y = T.switch(chosen, x.dimshuffle(0, 1, 2, 3, "x"), 0)
    y = y.reshape((batch, channels, height, width, rows, columns)).dimshuffle(0, 1, 2, 4, 3, 5)
    return y.reshape((batch, channels, height * rows, width * columns))
