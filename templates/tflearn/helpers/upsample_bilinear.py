def upsample_bilinear(x, scale, align_corners=False):
    """With half-pixel centres or fixed corners; `tf.image` would compute it in float32."""
    last = len(x.shape) - 1
    for axis in range(1, last):
        size = x.shape[axis].value
        source = tf.cast(tf.range(scale * size), x.dtype)
        if align_corners:
            source = source * (size - 1) / max(scale * size - 1, 1)
        else:
            source = (source + 0.5) / scale - 0.5
        source = tf.clip_by_value(source, 0.0, size - 1.0)
        low = tf.cast(source, tf.int32)
        below = tf.gather(x, low, axis=axis)
        above = tf.gather(x, tf.minimum(low + 1, size - 1), axis=axis)
        share = tf.reshape(source - tf.floor(source), [-1] + [1] * (last - axis))
        x = below + share * (above - below)
    return x
