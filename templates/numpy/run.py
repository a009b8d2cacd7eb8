"""The runner of the NumPy column; `harness.py` says what each function is for."""

import inspect
import os

# The arrays are small, and other columns run beside this one: threads would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import harness  # noqa: E402
import numpy as np  # noqa: E402

LAYOUT = "channels_first"
VERSION = np.__version__


class Model:
    """A function with its weights, which one sample is enough to draw."""

    def __init__(self, function, arguments):
        self.function, self.arguments, self.theta = function, arguments, []
        self(*(array[:1] for array in harness.current.arrays))

    def __call__(self, *inputs, **more):
        return self.function(self.theta, *inputs, **self.arguments, **more)


def prepare(dtype):
    np.random.seed(0)


def build(model, arguments):
    return Model(model, arguments)


def variables(model):
    return model.theta


def read(variable):
    return variable.copy()


def write(variable, array):
    variable[...] = array


def run(model, inputs, training):
    # Where nothing depends on it, the function has no such argument.
    known = "training" in inspect.signature(model.function).parameters
    return model(*inputs, **({"training": training} if known else {}))


if __name__ == "__main__":
    harness.main(globals())
