def center_crop(x, height, width):
    """The middle of a map; of an odd margin, the larger part lies behind."""
    top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width]
