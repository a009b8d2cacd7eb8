def bilinear(a, b, units, bias=True):
    """A bilinear form for each unit."""
    with tf.variable_scope(None, "Bilinear"):
        shape = [units, a.shape[-1].value, b.shape[-1].value]
        kernel = tflearn.variable("W", shape, initializer="truncated_normal")
        y = tf.einsum("bi,uij,bj->bu", a, kernel, b)
        return y + tflearn.variable("b", [units], initializer="zeros") if bias else y
