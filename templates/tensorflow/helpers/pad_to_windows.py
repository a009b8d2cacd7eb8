def pad_to_windows(x, ksize, strides):
    """-inf behind maps, so that the last windows are complete."""
    sizes = tf.shape(x)[1:-1]
    ends = [[0, (k - sizes[i]) % s] for i, (k, s) in enumerate(zip(ksize, strides, strict=True))]
    return tf.pad(x, [[0, 0], *ends, [0, 0]], constant_values=-math.inf)
