def maxout(x, pieces, axis):
    """The largest of so many neighbours along an axis."""
    axis %= len(x.shape)
    shape = tf.shape(x)
    shape = tf.concat([shape[:axis], [x.shape[axis] // pieces, pieces], shape[axis + 1 :]], 0)
    return tf.reduce_max(tf.reshape(x, shape), axis=axis + 1)
