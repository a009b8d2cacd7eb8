def center_crop(x, height, width):
    """The middle of a map; an odd rest is cut at the bottom and at the right."""
    top, left = (x.shape[1].value - height) // 2, (x.shape[2].value - width) // 2
    return x[:, top : top + height, left : left + width]
