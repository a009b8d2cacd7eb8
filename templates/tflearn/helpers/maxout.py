def maxout(x, pieces, axis):
    """The largest of so many neighbours along an axis."""
    axis %= len(x.shape)
    shape = tf.shape(x)
    shape = tf.concat([shape[:axis], [x.shape[axis].value // pieces, pieces], shape[axis + 1 :]], 0)
    y = tf.reduce_max(tf.reshape(x, shape), axis=axis + 1)
    sizes = x.shape.as_list()
    y.set_shape([*sizes[:axis], sizes[axis] // pieces, *sizes[axis + 1 :]])
    return y
