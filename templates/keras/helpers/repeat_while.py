def repeat_while(body, limit, states, constants=()):
    """Applies `body` to the states while it tells a sample to go on."""
    fixed = len(constants)

    def run(body, tensors):
        def step(going, *states):
            more, *new = body(*tensors[:fixed], *states)
            samples = [ops.reshape(going, [-1] + [1] * (len(state.shape) - 1)) for state in states]
            states = [ops.where(*choice) for choice in zip(samples, new, states, strict=True)]
            return ops.logical_and(going, more[:, 0] > 0), *states

        states = tensors[fixed:]
        going = ops.ones(ops.shape(states[0])[:1], dtype="bool")
        rounds = ops.while_loop(
            lambda going, *_: ops.any(going), step, (going, *states), maximum_iterations=limit
        )
        return tuple(rounds[1:])

    tensors = [*constants, *states]
    return Loop(body, tensors, run)(tensors)
