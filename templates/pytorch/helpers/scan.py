def scan(body, sequences, states=(), constants=()):
    """Applies `body` to one step after the other, by a loop in Python, on the host.

    Gives what is new in each step, stacked, and the last states.
    """
    steps = []
    for step in zip(*(sequence.unbind(1) for sequence in sequences), strict=True):
        given = body(*step, *constants, *states)
        given = given if isinstance(given, tuple) else (given,)
        new = len(given) - len(states)
        steps.append(given[:new])
        states = given[new:]
    return (*(torch.stack(values, 1) for values in zip(*steps, strict=True)), *states)
