def scan(step, sequence, states, given):
    """All values of the states, time first; `step` takes an element, the states, `given`."""
    return loop(
        step,
        sequences=sequence.dimshuffle(1, 0, 2),
        outputs_info=states,
        non_sequences=given,
        strict=True,
    )
