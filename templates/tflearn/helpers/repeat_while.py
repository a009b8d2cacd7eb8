def repeat_while(body, limit, states, constants=()):
    """Applies `body` to the states while it tells a sample to go on.

    Unrolled: the graph has every round up to the limit, and computes it.
    """
    going = tf.fill([tf.shape(states[0])[0]], True)
    for _ in range(limit):
        more, *new = body(*constants, *states)
        samples = [tf.reshape(going, [-1] + [1] * (len(state.shape) - 1)) for state in states]
        states = [tf.where_v2(*choice) for choice in zip(samples, new, states, strict=True)]
        going = tf.logical_and(going, more[:, 0] > 0)
    return tuple(states)
