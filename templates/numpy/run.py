"""The runner of the NumPy column; `harness.py` says what each function is for."""

import inspect
import os
import time

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


class Held:
    """The values that `stop_gradient` passed on, which stay what they were while derivatives are taken."""

    def __init__(self, module):
        self.values, self.place = [], None
        if "stop_gradient" in module:
            module["stop_gradient"] = self

    def __call__(self, x):
        if self.place is None:
            self.values.append(x.copy())
            return x
        value = self.values[self.place % len(self.values)]
        self.place += 1
        return value

    def give_back(self):
        """From now on the same values, call by call."""
        self.place = 0


PATIENCE = 4.0  # seconds for the differences of a model


def gradients(model, inputs, training, cotangents):
    """Central differences, number by number; none for a model that would take too long."""

    def total():
        outputs = run(model, inputs, training)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = zip(outputs, cotangents, strict=True)
        return sum(float((y * c).sum()) for y, c in pairs if c is not None)

    held = Held(model.function.__globals__)
    begun = time.monotonic()
    total()
    held.give_back()
    arrays = [array for array in (*inputs, *model.theta) if array.dtype.kind == "f"]
    if 2 * sum(array.size for array in arrays) * (time.monotonic() - begun) > PATIENCE:
        return None

    def of(array):
        if array.dtype.kind != "f":
            return None
        found, flat = np.zeros_like(array), array.reshape(-1)
        for place, value in enumerate(flat.copy()):
            step = 1e-5 * max(1.0, abs(value))
            ends = []
            for flat[place] in (value + step, value - step):
                ends.append(total())
            flat[place] = value
            found.reshape(-1)[place] = (ends[0] - ends[1]) / (2 * step)
        return found

    inputs = [np.ascontiguousarray(array) for array in inputs]
    return [of(array) for array in inputs], [of(array) for array in model.theta]


if __name__ == "__main__":
    harness.main(globals())
