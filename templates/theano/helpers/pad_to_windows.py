def pad_to_windows(x, kernel, stride):
    """-inf behind maps, so that the last windows are complete."""
    steps = enumerate(zip(kernel, stride, strict=True), start=2)
    return pad_maps(x, [(0, (k - x.shape[axis]) % s) for axis, (k, s) in steps], value=-np.inf)
