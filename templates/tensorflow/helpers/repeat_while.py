def repeat_while(body, limit, states, constants=()):
    """Applies `body` to the states while it tells a sample to go on.

    A loop that tf.function keeps in the graph.
    """

    def step(going, *states):
        more, *new = body(*constants, *states)
        samples = [tf.reshape(going, [-1] + [1] * (len(state.shape) - 1)) for state in states]
        states = [tf.where(*choice) for choice in zip(samples, new, states, strict=True)]
        return going & (more[:, 0] > 0), *states

    going = tf.fill([tf.shape(states[0])[0]], True)
    rounds = tf.while_loop(
        lambda going, *_: tf.reduce_any(going), step, (going, *states), maximum_iterations=limit
    )
    return rounds[1:]
