def affine(net, x, channels, axes=0):
    """A factor and an offset for each channel, with so many axes behind the channels."""
    scale, offset = net.constant(channels, 1.0), net.constant(channels)
    return x * T.shape_padright(scale, axes) + T.shape_padright(offset, axes)
