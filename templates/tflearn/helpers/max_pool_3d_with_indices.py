def max_pool_3d_with_indices(x, kernel):
    """Also where in its window each maximum stands, counted row by row."""
    window = [1, *kernel, 1]
    patches = tf.extract_volume_patches(x, window, window, "VALID")
    sizes = patches.get_shape().as_list()[1:-1]
    patches = tflearn.reshape(patches, [-1, *sizes, math.prod(kernel), x.shape[-1].value])
    return tf.reduce_max(patches, axis=-2), tf.argmax(patches, axis=-2)
