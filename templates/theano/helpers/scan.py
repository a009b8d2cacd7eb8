# The C helper of scan does not compile on Python 3.11: it loops in Python, with the same numbers.
sys.modules.setdefault("theano.scan_module.scan_perform_ext", None)


def scan(step, sequence, states, given):
    """All values of the states, time first; `step` takes an element, the states, `given`."""
    values, _ = theano.scan(
        step,
        sequences=sequence.dimshuffle(1, 0, 2),
        outputs_info=states,
        non_sequences=given,
        strict=True,
    )
    return values
