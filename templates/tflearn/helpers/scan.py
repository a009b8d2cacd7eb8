def scan(body, sequences, states=(), constants=()):
    """Applies `body` to one step after the other, unrolled: the graph has every step.

    Gives what is new in each step, stacked, and the last states.
    """
    steps = []
    for step in zip(*(tf.unstack(sequence, axis=1) for sequence in sequences), strict=True):
        given = body(*step, *constants, *states)
        given = given if isinstance(given, tuple) else (given,)
        new = len(given) - len(states)
        steps.append(given[:new])
        states = given[new:]
    return (*(tf.stack(values, axis=1) for values in zip(*steps, strict=True)), *states)
