def tied_dense(x, embedding, units):
    """A dense layer with the table of a shared embedding as its kernel."""
    # TFLearn's embedding takes batches of any size alone.
    tokens = tf.placeholder_with_default(tf.range(units)[None], [None, units])
    return tf.tensordot(x, embedding(tokens)[0], [[-1], [1]])
