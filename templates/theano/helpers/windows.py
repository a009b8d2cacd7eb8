def windows(x, kernel):
    """Maps [.., H, W] as pooling windows [.., H / rows, W / columns, rows * columns]."""
    rows, columns = kernel
    batch, channels = x.shape[0], x.shape[1]
    height, width = x.shape[2] // rows, x.shape[3] // columns
    x = x[:, :, : height * rows, : width * columns]
    x = x.reshape((batch, channels, height, rows, width, columns)).dimshuffle(0, 1, 2, 4, 3, 5)
    return x.reshape((batch, channels, height, width, rows * columns))
