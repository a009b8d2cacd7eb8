def upsample_bilinear(x, scale, align_corners=False):
    """With half-pixel centres or fixed corners; tf.image.resize would return float32."""
    last = x.shape.rank - 1
    for axis in range(1, last):
        size = tf.shape(x)[axis]
        if align_corners:
            source = tf.range(scale * size) * (size - 1) / tf.maximum(scale * size - 1, 1)
        else:
            source = (2 * tf.range(scale * size) + 1 - scale) / (2 * scale)
        source = tf.cast(tf.clip_by_value(source, 0, tf.cast(size - 1, source.dtype)), x.dtype)
        low = tf.cast(source, size.dtype)
        below = tf.gather(x, low, axis=axis)
        above = tf.gather(x, tf.minimum(low + 1, size - 1), axis=axis)
        share = tf.reshape(source - tf.floor(source), [-1] + [1] * (last - axis))
        x = below + share * (above - below)
    return x
