def each_step(body, sequences, states=(), constants=(), new=1):
    """Applies `body` to one step after the other, in a loop of the graph.

    Gives what is new in each step, stacked, and the last states.
    """
    over, fixed = len(sequences), len(sequences) + len(states)

    def step(*given):
        return body(*given[:over], *given[fixed:], *given[over:fixed])

    values = loop(
        step,
        sequences=[sequence.dimshuffle(1, 0, *range(2, sequence.ndim)) for sequence in sequences],
        outputs_info=[None] * new + list(states),
        non_sequences=list(constants),
        return_list=True,
    )
    stacked = [value.dimshuffle(1, 0, *range(2, value.ndim)) for value in values[:new]]
    return (*stacked, *(value[-1] for value in values[new:]))
