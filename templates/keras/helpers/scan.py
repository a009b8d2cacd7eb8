def scan(body, sequences, states=(), constants=()):
    """Applies `body` to one step after the other; gives what is new, and the last states."""
    over, fixed = len(sequences), len(sequences) + len(constants)

    def run(body, tensors):
        def step(before, elements):
            states = before[len(before) - len(tensors[fixed:]) :]
            given = body(*elements, *tensors[over:fixed], *states)
            return given, given

        # Some backends want what a step gives to have the types of what it takes: the first one.
        elements = [ops.moveaxis(sequence, 1, 0) for sequence in tensors[:over]]
        first, _ = step(tensors[fixed:], [element[0] for element in elements])
        _, rest = ops.scan(step, first, [element[1:] for element in elements])
        values = [ops.concatenate([a[None], b]) for a, b in zip(first, rest, strict=True)]
        new = len(values) - len(tensors[fixed:])
        return (*(ops.moveaxis(x, 0, 1) for x in values[:new]), *(x[-1] for x in values[new:]))

    samples = [*(sequence[:, 0] for sequence in sequences), *constants, *states]
    return Loop(body, samples, run)([*sequences, *constants, *states])
