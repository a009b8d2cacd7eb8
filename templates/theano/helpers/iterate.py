def iterate(body, times, states, constants=()):
    """Applies `body` to the states so many times, in a loop of the graph."""
    carried = len(states)
    values = loop(
        lambda *given: body(*given[carried:], *given[:carried]),
        outputs_info=list(states),
        non_sequences=list(constants),
        n_steps=times,
        return_list=True,
    )
    return tuple(value[-1] for value in values)
