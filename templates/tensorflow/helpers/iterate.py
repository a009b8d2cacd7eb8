def iterate(body, times, states, constants=()):
    """Applies `body` to the states so many times, in a loop that tf.function keeps in the graph."""

    def step(done, *states):
        return done + 1, *tf.nest.flatten(body(*constants, *states))

    return tf.while_loop(lambda done, *_: done < times, step, (0, *states))[1:]
