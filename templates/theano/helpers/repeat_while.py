def repeat_while(body, limit, states, constants=()):
    """Applies `body` to the states while it tells a sample to go on, in a loop of the graph."""
    carried = len(states)

    def step(going, *given):
        states = given[:carried]
        more, *new = body(*given[carried:], *states)
        samples = [going.dimshuffle(0, *["x"] * (state.ndim - 1)) for state in states]
        states = [T.switch(*choice) for choice in zip(samples, new, states, strict=True)]
        going = going * T.gt(more[:, 0], 0)
        return [going, *states], theano.scan_module.until(T.eq(going.sum(), 0))

    values = loop(
        step,
        outputs_info=[T.ones((states[0].shape[0],), dtype="int8"), *states],
        non_sequences=list(constants),
        n_steps=limit,
        return_list=True,
    )
    return tuple(value[-1] for value in values[1:])
