"""The runner of the Theano column; `harness.py` says what each function is for."""

import importlib.util
import os
import pathlib
import sys

import harness
import numpy as np


def _blas():
    """The OpenBLAS inside scipy's wheel, whose symbols have their plain names; numpy's have not."""
    package = importlib.util.find_spec("scipy")
    folder = pathlib.Path(package.origin).parent.parent / "scipy.libs" if package else None
    found = sorted(folder.glob("libopenblas*.so")) if folder else []
    if not found or any(c in str(folder) for c in " ,="):
        return ""
    return rf"-L{folder} -l:{found[0].name} -Wl\,-rpath\,{folder}"


# Without a value for blas.ldflags, Theano asks numpy for one, and fails on numpy 1.23. Compiled
# code is kept; the cheapest optimizer and -O0 halve the wait, since a graph runs once here, and
# give the same numbers.
os.environ["THEANO_FLAGS"] = ",".join(
    [
        "device=cpu",
        "floatX=float64",
        f"blas.ldflags={_blas()}",
        f"base_compiledir={harness.cache() / 'theano'}",
        "optimizer=fast_compile",
        "compile.wait=1",
        "gcc.cxxflags=-O0",
    ]
)

import theano  # noqa: E402
import theano.tensor as T  # noqa: E402

# Theano walks a graph by recursion, and the gradient of a deep network is a deep graph.
sys.setrecursionlimit(100_000)

LAYOUT = "channels_first"
TAPS = "symbolic"
VERSION = theano.__version__


def prepare(dtype):
    theano.config.floatX = dtype
    np.random.seed(0)


def build(model, arguments):
    return model(**arguments, training=harness.current.training)


def variables(model):
    return model.variables


def read(variable):
    return variable.get_value()


def write(variable, array):
    variable.set_value(array)


def label(variable):
    return variable.type


_gradients = []


def run(model, inputs, training):
    """One compiled function computes the outputs and, in the tapped file, every tap; in the plain one the gradients."""
    outputs = len(model.outputs)
    more = harness.recorded()
    if harness.current.gradients and not harness.current.tapped:
        more = _symbols(model)
    function = theano.function(
        model.inputs, [*model.outputs, *more], updates=model.updates, on_unused_input="ignore"
    )
    values = function(*inputs)
    if harness.current.tapped:
        harness.evaluated(values[outputs:])
    else:
        harness.evaluated([])
        _gradients[:] = values[outputs:]
    return values[:outputs]


def _symbols(model):
    """The gradients of the outputs' sum, weighted as the harness does: no axis is turned in this column."""
    parts = [
        (y * T.cos(T.arange(y.size) + 1.0).reshape(y.shape, ndim=y.ndim)).sum()
        for y in model.outputs
        if y.dtype.startswith("float")
    ]
    wanted = [x for x in _wanted(model) if x.dtype.startswith("float")]
    if not parts or not wanted:
        return []
    return theano.grad(
        sum(parts), wanted, disconnected_inputs="ignore", return_disconnected="zero"
    )


def _wanted(model):
    return [*model.inputs, *model.variables]


def gradients(model, inputs, training, cotangents):
    found = iter(_gradients)
    values = [next(found) if x.dtype.startswith("float") else None for x in _wanted(model)]
    return values[: len(inputs)], values[len(inputs) :]


def indices(array, window, plane):
    """`max_pool_with_indices` counts within each window."""
    return harness.flat_from_window(array, window, plane, LAYOUT)


if __name__ == "__main__":
    harness.main(globals())
