def pad_same(x, kernel, stride, dilation=None, value=0.0):
    """Surround maps so that a window gives ceil(size / stride) outputs."""
    return pad_maps(x, same_padding(x, kernel, stride, dilation), value)
