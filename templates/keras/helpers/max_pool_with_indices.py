def max_pool_with_indices(x, size):
    """Max pooling without overlap, and where in its window each maximum stands, row by row."""
    height, width = size
    # Each slice has one place of every window; its end leaves out what fills no window.
    windows = ops.stack(
        [
            x[:, i : i + 1 - height or None : height, j : j + 1 - width or None : width]
            for i in range(height)
            for j in range(width)
        ],
        axis=-1,
    )
    return ops.max(windows, axis=-1), ops.argmax(windows, axis=-1)
