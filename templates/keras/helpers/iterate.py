def iterate(body, times, states, constants=()):
    """Applies `body` to the states so many times."""
    fixed = len(constants)

    def run(body, tensors):
        def step(_, states):
            return body(*tensors[:fixed], *states)

        return tuple(ops.fori_loop(0, times, step, list(tensors[fixed:])))

    tensors = [*constants, *states]
    return Loop(body, tensors, run)(tensors)
