def iterate(body, times, states, constants=()):
    """Applies `body` to the states so many times, by a loop in Python."""
    for _ in range(times):
        states = body(*constants, *states)
        states = states if isinstance(states, tuple) else (states,)
    return states
