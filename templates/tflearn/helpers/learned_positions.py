def learned_positions(x, length):
    """A vector for each position, added."""
    steps, width = x.shape.as_list()[1:]
    with tf.variable_scope(None, default_name="Positions"):
        table = tflearn.variable("table", [length, width], initializer="truncated_normal")
        return x + table[:steps]
