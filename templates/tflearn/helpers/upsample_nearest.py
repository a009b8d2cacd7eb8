def upsample_nearest(x, scale):
    """Each value `scale` times along each spatial axis; TFLearn's own takes images only."""
    for axis in range(1, len(x.shape) - 1):
        sources = [i // scale for i in range(scale * x.shape[axis].value)]
        x = tf.gather(x, sources, axis=axis)
    return x
