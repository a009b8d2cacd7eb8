# The C helper of scan does not compile on Python 3.11: it loops in Python, with the same numbers.
sys.modules.setdefault("theano.scan_module.scan_perform_ext", None)


def loop(step, **arguments):
    """All values that `step` gives, time first; without random numbers nothing is updated."""
    values, _ = theano.scan(step, **arguments)
    return values
