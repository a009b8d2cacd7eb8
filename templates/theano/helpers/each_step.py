def each_step(body, sequences, states=(), constants=(), new=1):
    """Applies `body` to one step after the other, in a loop of the graph.

    Gives what is new in each step, stacked, and the last states.
    """
    over, fixed = len(sequences), len(sequences) + len(states)

    def step(*given):
        values = body(*given[:over], *given[fixed:], *given[over:fixed])
        # An axis of size 1 would broadcast, and be of another type than the state before.
        values = values if isinstance(values, tuple | list) else [values]
        return [T.unbroadcast(value, *range(value.ndim)) for value in values]

    values = loop(
        step,
        sequences=[sequence.dimshuffle(1, 0, *range(2, sequence.ndim)) for sequence in sequences],
        outputs_info=[None] * new + list(states),
        non_sequences=list(constants),
        return_list=True,
    )
    stacked = [value.dimshuffle(1, 0, *range(2, value.ndim)) for value in values[:new]]
    return (*stacked, *(value[-1] for value in values[new:]))
