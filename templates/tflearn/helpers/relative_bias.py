def relative_bias(x, distance):
    """Adds to scores a learned number of the distance, one for each head."""
    heads, queries, keys = x.shape.as_list()[1:]
    with tf.variable_scope(None, default_name="RelativeBias"):
        table = tflearn.variable("table", [2 * distance + 1, heads], initializer="zeros")
    places = tf.range(keys) - tf.range(queries)[:, tf.newaxis]
    places = tf.clip_by_value(places, -distance, distance) + distance
    return x + tf.transpose(tf.gather(table, places), [2, 0, 1])
