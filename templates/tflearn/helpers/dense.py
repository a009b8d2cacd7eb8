def dense(x, units, activation="linear", bias=True):
    """A dense layer on the last axis; `tflearn.fully_connected` flattens all but the first."""
    *steps, features = x.get_shape().as_list()[1:]
    y = tflearn.reshape(x, [-1, features])
    y = tflearn.fully_connected(y, units, activation=activation, bias=bias)
    return tflearn.reshape(y, [-1, *steps, units])
