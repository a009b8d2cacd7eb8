def center_crop(x, height, width):
    """Cuts the middle out of a map; an odd margin loses its extra row or column at the end."""
    top = (x.shape[2] - height) // 2
    left = (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width]
