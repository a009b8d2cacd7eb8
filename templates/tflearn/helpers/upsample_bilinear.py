def upsample_bilinear(x, scale):
    """Bilinear upsampling by whole factors, with half-pixel centres."""
    sh, sw = scale if isinstance(scale, tuple) else (scale, scale)
    size = [x.shape[1].value * sh, x.shape[2].value * sw]
    return tf.image.resize_bilinear(x, size, half_pixel_centers=True)
