"""The part of verification that every column shares: weights in, program run, taps out.

A column's `run.py` says how its framework builds a model, lists, reads and writes its variables, and runs.
This module does the rest, with numpy alone: it reads the job, walks the weight plan with its permutations of
axes, turns layouts round, records the taps, writes the results and reports progress. It judges nothing: whether
two columns agree is decided by Hexapla, which reads the results of all columns.


What a run.py defines
---------------------
    LAYOUT = "channels_first"        or "channels_last": the native layout of maps
    TAPS = "eager"                   the model computes values when it is called; tap() copies them at once.
                                     "symbolic": tap() sees graph tensors; see `run` below
    prepare(dtype)                   before each model is built: forget the last graph or session, set the default
                                     float type ("float64" | "float32"), seed what draws initial weights
    build(model, arguments)          call the generated class or function with its hyperparameters; what it
                                     returns is handed, unseen, to the three functions below
    variables(model)                 the framework's variables in order of creation, one for each array that the
                                     weight plan lists; running statistics included, counters and seeds not
    read(variable)                   -> numpy array
    write(variable, array)           the array has the variable's shape and dtype
    run(model, inputs, training)     inputs: native numpy arrays, in the order of the job; returns the outputs: one
                                     value, a list or tuple in the order of the job, or a dict by name.
                                     With TAPS = "symbolic": fetch the outputs and `harness.recorded()` together
                                     and hand the fetched taps to `harness.evaluated(values)`; the list is empty in
                                     the plain run
and where it needs them
    gradients(model, inputs, training, cotangents)
                                     -> two lists of numpy arrays: the gradients with respect to the inputs and to
                                     `variables(model)`, of the sum over all outputs of output * cotangent. None stands
                                     for a cotangent of integers, for the gradient of what has none, and for zeros
    VERSION = torch.__version__      the version that really runs; it is shown in the report
    numpy(value)                     -> numpy array, of an output or a tap; default `numpy.asarray`
    indices(array, window, plane)    `array` is the tapped second output of a max_pool as the framework holds it
                                     (numpy, native layout). Returns, in native layout, the position y * W + x of
                                     each maximum in the plane [H, W] before pooling. Default: already so. Ready
                                     made: `flat_from_channels_last`, `flat_from_window`
    label(variable)                  a name for error messages; default: its `.path` or `.name`
    MAPS = {"lstm": (to_framework, from_framework)}
                                     for an entry `"@lstm"` of the weight plan, where a permutation is not enough:
                                     to_framework(arrays, attributes) -> list of arrays in order of creation, where
                                     arrays is the dict of the operator's canonical weights (an absent one has no
                                     key) and attributes its parameters; from_framework(list, attributes) -> the
                                     dict. They must be exact inverses, bit for bit
    Tap                              class form: the layer that the tapped file puts into its containers. It calls
                                     `harness.tap(x, line, slot)`. A tapped file gets it by `from run import Tap`
`harness.current` tells all of them about the case: id, training, dtype, tapped, arguments, inputs, and arrays: what
`run` will get as inputs, for a framework whose variables have no shapes before a first call.
`harness.cache()` is a folder that outlives the process, for compiled code.

The weight plan's entries: `"bias"` (as it is), `"kernel hwio->oihw"` (axes permuted; `...` stands for any axes in
their order, `1` for an axis of length one to put in or take out: `"slope c->11c"`), `"@lstm"` (a map of run.py).

An example, whole: a column in plain numpy whose dense layer keeps its kernel as (units, features).

    import harness
    import numpy as np

    LAYOUT = "channels_first"
    VERSION = np.__version__

    def prepare(dtype):
        np.random.seed(0)

    def build(model, arguments):
        return model(**arguments, dtype=harness.current.dtype)

    def variables(model):
        return model.variables

    def read(variable):
        return variable.copy()

    def write(variable, array):
        variable[...] = array

    def run(model, inputs, training):
        return model(*inputs)

    if __name__ == "__main__":
        harness.main(globals())

To try a run.py by hand: PYTHONPATH=templates python templates/<column>/run.py job.json


The job, and what comes back
----------------------------
`python run.py job.json`. Paths in the job are relative to its folder.

    {"cases": [{"id": "lenet5/inference", "model": "LeNet5", "module": "lenet5.py", "tapped": "lenet5_tapped.py",
      "mode": "inference" | "training", "dtype": "float64" | "float32", "arguments": {"classes": 10},
      "inputs": [{"name": "image", "kind": "map" | "plain", "dtype": "float64" | "float32" | "int32" | "int64"}],
      "weights": [{"op": "dense", "name": "ENet.initial.conv", "spec": ["kernel io->oi", "bias"],
                   "arrays": {"kernel": "weight/0/kernel", "bias": "weight/0/bias"},
                   "attributes": {"units": 10}, "state": []}],
      "taps": [{"line": 12, "slot": 0, "kind": "map" | "plain" | "indices", "shape": [6, 28, 28],
                "window": [2, 2] | null, "plane": [56, 56] | null}],
      "outputs": [{"name": "logits", "kind": "plain"}], "gradients": true, "data": "case.npz", "result": "result.npz"}]}

The data holds `input/<name>` (canonical layout, with batch) and the arrays of the weights. `state` names those
canonical weights that training updates and that are no parameters. `shape` is canonical and without batch; it is
read only for `indices`, whose plane is shape * window where it is not given.

With `"gradients": true` the result holds `gradient/input/<name>`, `gradient/weight/<k of weights>/<weight>`, flat, at
most 4096 numbers of each at equal distances, and `gradient/scale`, the largest of all.

The result holds, all canonical: `plain/<name>` (outputs of the plain file), `output/<name>` (of the tapped file),
`tap/<k>` (k-th entry of taps), and in training mode `state/<k of weights>/<weight>` after the tapped run.

On stdout, one JSON object a line:
    {"event": "start", "version": "2.15.0", "python": "3.11.7", "cases": 6}
    {"event": "begin", "id": "lenet5/inference"}
    {"event": "case", "id": "lenet5/inference", "status": "ok" | "failed", "seconds": 0.8, "error": null | "one line",
     "traceback": null | "the whole of it", "build_seconds": 0.1, "pass_seconds": 0.2}
The two last, of the plain file, stand there if it was run to its end.
"""

import importlib.util
import json
import os
import pathlib
import platform
import re
import sys
import tempfile
import time
import traceback
import types

import numpy as np

current = types.SimpleNamespace(
    id=None,
    training=False,
    dtype="float64",
    tapped=False,
    arguments={},
    inputs=[],
    arrays=[],
    gradients=False,
)
"""The case in hand, for a run.py that must know more than its arguments tell it."""


class Mismatch(Exception):
    """What the framework holds is not what the job says; the message says where."""


# ---------------------------------------------------------------------------------------------------------------
# Taps

_taps = []
_evaluated = None
_snapshot = None


def tap(value, line, slot=0):
    """Record the value of a spec line's output `slot`, and return it unchanged."""
    _taps.append((line, slot, value if _snapshot is None else _snapshot(value)))
    return value


def recorded():
    """The values tapped since this model began to be built, in order. (For TAPS = "symbolic".)"""
    return [value for _, _, value in _taps]


def taken(belongs):
    """Take back the taps (line, slot, value) whose value `belongs` to a part of the model, in order."""
    mine = [tap for tap in _taps if belongs(tap[2])]
    _taps[:] = [tap for tap in _taps if not belongs(tap[2])]
    return mine


def evaluated(values):
    """Hand over the values of `recorded()`, fetched, in the same order. (For TAPS = "symbolic".)"""
    global _evaluated
    _evaluated = list(values)


def flat_from_channels_last(array):
    """Indices that count (y * W + x) * C + c within an image, channels last -> y * W + x."""
    return np.asarray(array) // array.shape[-1]


def flat_from_window(array, window, plane, layout):
    """Indices that count row-major within each pooling window -> y * W + x within the plane."""
    array = np.asarray(array).astype(np.int64)
    first = 1 if layout == "channels_last" else 2
    flat = np.zeros_like(array)
    offsets = np.unravel_index(array, tuple(window))
    for axis, (offset, step, size) in enumerate(zip(offsets, window, plane, strict=True)):
        shape = [1] * array.ndim
        shape[first + axis] = -1
        start = np.arange(array.shape[first + axis]).reshape(shape) * step
        flat = flat * size + start + offset
    return flat


# ---------------------------------------------------------------------------------------------------------------
# Volumes on TensorFlow


def volumes_by_planes(tf, single, volumes, planes):
    """A pooling of volumes in double precision, for the columns on TensorFlow, which has it in single precision.

    It is one of planes and then one of depths: a window is a product of intervals, so the largest and the mean of
    all are the same. `volumes`, which the users of the column run, runs beside it in the type `single`, and must
    agree as far as that goes.
    """

    def pool(x, kernel, strides, padding):
        kernel, strides = ([n] * 3 if isinstance(n, int) else list(n) for n in (kernel, strides))
        _, depth, height, width, channels = x.get_shape().as_list()
        y = tf.reshape(x, [-1, height, width, channels])
        y = planes(y, [1, *kernel[1:], 1], [1, *strides[1:], 1], padding)
        _, height, width, _ = y.get_shape().as_list()
        y = tf.reshape(y, [-1, depth, height * width, channels])
        y = planes(y, [1, kernel[0], 1, 1], [1, strides[0], 1, 1], padding)
        y = tf.reshape(y, [-1, y.get_shape().as_list()[1], height, width, channels])
        beside = volumes(tf.cast(x, single), [1, *kernel, 1], [1, *strides, 1], padding)
        allowed = 1e-5 * tf.reduce_max(tf.abs(y))
        near = tf.debugging.assert_near(y, tf.cast(beside, y.dtype), rtol=0, atol=allowed)
        with tf.control_dependencies([near]):
            return tf.identity(y)

    return pool


def lacks_gradient_in_double(error):
    """Whether an error says that TensorFlow has no gradient of this convolution.

    On a CPU it has none, in double precision, of one with groups, or with both a stride and a dilation above 1. In
    single precision, and so for those who train such a network, it has.
    """
    said = str(error)
    return "do not yet support dilation" in said or "Gradients for grouped convolutions" in said


# ---------------------------------------------------------------------------------------------------------------
# Layouts


def to_native(array, kind, layout):
    """A canonical tensor with batch (batch, channels, space...) in the column's layout."""
    if kind != "plain" and layout == "channels_last" and array.ndim >= 3:
        return np.ascontiguousarray(np.moveaxis(array, 1, -1))
    return array


def to_canonical(array, kind, layout):
    """The inverse of `to_native`."""
    if kind != "plain" and layout == "channels_last" and array.ndim >= 3:
        return np.ascontiguousarray(np.moveaxis(array, -1, 1))
    return array


# ---------------------------------------------------------------------------------------------------------------
# Weights


class Axes:
    """A permutation of axes written as `hwio->oihw`, with its inverse.

    `...` stands for any number of axes that keep their order; `1` is an axis of length one.
    """

    def __init__(self, text):
        self.text = text
        sides = text.split("->")
        if len(sides) != 2:
            raise Mismatch(f"`{text}` is not a permutation: write it as `hwio->oihw`")
        self.left, self.right = (re.findall(r"\.\.\.|.", side.strip()) for side in sides)
        for side in (self.left, self.right):
            bad = [t for t in side if t not in ("...", "1") and not t.isalpha()]
            names = [t for t in side if t != "1"]
            if bad or len(set(names)) != len(names):
                raise Mismatch(f"`{text}`: axes are distinct letters, `1` or one `...`")
        if set(self.left) - {"1"} != set(self.right) - {"1"}:
            raise Mismatch(f"`{text}` has different axes on its two sides")

    def forward(self, array):
        """Canonical -> the framework's."""
        return self._apply(array, self.left, self.right)

    def backward(self, array):
        """The framework's -> canonical."""
        return self._apply(array, self.right, self.left)

    def _apply(self, array, source, target):
        free = array.ndim - (len(source) - source.count("..."))
        if free < 0 or (free > 0 and "..." not in source):
            raise Mismatch(f"`{self.text}` does not fit an array of shape {array.shape}")
        dots = [f"...{i}" for i in range(free)]
        source = [name for t in source for name in (dots if t == "..." else [t])]
        target = [name for t in target for name in (dots if t == "..." else [t])]
        ones = tuple(i for i, name in enumerate(source) if name == "1")
        if any(array.shape[i] != 1 for i in ones):
            raise Mismatch(f"`{self.text}`: `1` meets a longer axis in shape {array.shape}")
        kept = [name for name in source if name != "1"]
        array = np.squeeze(array, axis=ones).transpose(
            [kept.index(name) for name in target if name != "1"]
        )
        array = np.expand_dims(array, tuple(i for i, name in enumerate(target) if name == "1"))
        return np.ascontiguousarray(array).reshape(array.shape)


class Step:
    """One operator of the weight plan: its canonical arrays and how they become the framework's."""

    def __init__(self, entry, data, dtype, maps):
        self.op = entry["op"]
        self.name = entry.get("name") or self.op
        self.attributes = entry.get("attributes", {})
        self.state = entry.get("state", [])
        self.canonical = {name: data[key].astype(dtype) for name, key in entry["arrays"].items()}
        # Each part: (label, count of variables, list of arrays -> dict of canonical arrays)
        self.parts = []
        self.arrays = []
        for text in entry["spec"]:
            name, _, axes = text.strip().partition(" ")
            if name.startswith("@"):
                self._custom(name, maps, dtype)
            elif name in self.canonical:
                self._permuted(name, Axes(axes) if axes.strip() else None)
        covered = {name for names, _, _ in self.parts for name in names}
        if forgotten := sorted(set(self.canonical) - covered):
            raise Mismatch(
                f"{self.op} `{self.name}`: the column's weights {entry['spec']} leave out "
                f"{', '.join(forgotten)}"
            )

    def _permuted(self, name, axes):
        array = self.canonical[name]
        self.arrays.append((name, array if axes is None else axes.forward(array)))
        self.parts.append(
            ([name], 1, lambda arrays, _: {name: axes.backward(arrays[0]) if axes else arrays[0]})
        )

    def _custom(self, name, maps, dtype):
        if name[1:] not in maps:
            known = ", ".join(sorted(maps)) or "none"
            raise Mismatch(f"{self.op}: run.py has no MAPS entry for `{name}` (it has: {known})")
        forward, backward = maps[name[1:]]
        arrays = [np.asarray(a, dtype) for a in forward(dict(self.canonical), self.attributes)]
        self.arrays += [(f"{name}[{i}]", a) for i, a in enumerate(arrays)]
        self.parts.append((list(self.canonical), len(arrays), backward))

    def invert(self, arrays):
        """The framework's arrays of this operator -> dict of canonical arrays."""
        canonical, arrays = {}, list(arrays)
        for _, count, backward in self.parts:
            canonical.update(backward(arrays[:count], self.attributes))
            arrays = arrays[count:]
        return canonical


class Plan:
    """The whole weight plan of a case, in program order."""

    def __init__(self, case, data, maps):
        self.dtype = case["dtype"]
        self.steps = [Step(entry, data, self.dtype, maps) for entry in case["weights"]]

    def write(self, column, model):
        """Check count and shapes, write every variable, read it back and compare bit for bit."""
        variables = list(column["variables"](model))
        planned = [(step, label, array) for step in self.steps for label, array in step.arrays]
        values = [np.asarray(column["read"](v)) for v in variables]
        fits = [a.shape == v.shape for (_, _, a), v in zip(planned, values, strict=False)]
        if len(planned) != len(variables) or not all(fits):
            raise Mismatch(self._listing(column, planned, variables, values, fits))
        for variable, value, (step, label, array) in zip(variables, values, planned, strict=True):
            if value.dtype != array.dtype:
                raise Mismatch(
                    f"{step.op} `{step.name}` {label}: the variable is {value.dtype} in a case that "
                    f"runs in {self.dtype} (does `prepare` set the default float type?)"
                )
            column["write"](variable, array.copy())
        for step, canonical in zip(self.steps, self.read(column, model), strict=True):
            for name, array in step.canonical.items():
                back = canonical.get(name)
                if back is None or back.shape != array.shape or back.tobytes() != array.tobytes():
                    shown = "is missing" if back is None else f"has shape {back.shape}"
                    raise Mismatch(
                        f"{step.op} `{step.name}` {name}: what is read back is not what was written "
                        f"(expected shape {array.shape}, read back {shown}); "
                        f"is `write` in effect, and is the map the inverse of its other half?"
                    )

    def read(self, column, model):
        """The canonical arrays that the model holds now: a dict for each operator of the plan."""
        arrays = [np.ascontiguousarray(column["read"](v)) for v in column["variables"](model)]
        found = []
        for step in self.steps:
            mine, arrays = arrays[: len(step.arrays)], arrays[len(step.arrays) :]
            found.append({k: np.ascontiguousarray(v) for k, v in step.invert(mine).items()})
        return found

    def _listing(self, column, planned, variables, values, fits):
        """Both sides, from just before the first place where they part."""
        first = fits.index(False) if False in fits else min(len(planned), len(variables))
        plural = "differ in shape" if len(planned) == len(variables) else "differ in number"
        head = f"the weights {plural}: the spec has {len(planned)}, the model {len(variables)}"
        if first < len(planned):
            step, label, array = planned[first]
            head += f"; number {first} is {step.op} `{step.name}` {label} {array.shape}"
            head += (
                f", the model has {values[first].shape}"
                if first < len(values)
                else ", the model has none"
            )
        elif first < len(values):
            head += f"; number {first} is not in the spec: {_label(column, variables[first])} {values[first].shape}"
        lines = [head]
        for i in range(max(0, first - 3), min(max(len(planned), len(variables)), first + 8)):
            left = right = "-"
            if i < len(planned):
                step, label, array = planned[i]
                left = f"{step.name} {label} {array.shape}"
            if i < len(variables):
                right = f"{_label(column, variables[i])} {values[i].shape}"
            lines.append(f"  {'>' if i == first else ' '} {i:4}  {left:<60}  {right}")
        return "\n".join(lines)


def _label(column, variable):
    if "label" in column:
        return str(column["label"](variable))
    return str(getattr(variable, "path", None) or getattr(variable, "name", None) or "variable")


# ---------------------------------------------------------------------------------------------------------------
# One case


def _load(path, serial):
    """Import a generated file by its path, under a name that no other file has."""
    name = f"hexapla_{serial}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _named(values, outputs, column):
    """What `run` returned, as numpy arrays by name."""
    names = [output["name"] for output in outputs]
    if not isinstance(values, (dict, list, tuple)):
        values = [values]
    if isinstance(values, dict):
        if set(values) != set(names):
            raise Mismatch(f"the model returns {sorted(values)}, the spec {sorted(names)}")
        values = [values[name] for name in names]
    if len(values) != len(names):
        raise Mismatch(f"the model returns {len(values)} outputs, the spec {len(names)}: {names}")
    return {
        name: _numeric(column["numpy"](v), f"output `{name}`")
        for name, v in zip(names, values, strict=True)
    }


def _numeric(array, what):
    array = np.array(array)  # A copy: no later step of the program may change it.
    if array.dtype == object:
        raise Mismatch(
            f"{what} is a {type(array.flat[0]).__name__}, not a value: it was not evaluated"
        )
    return array


def _recorded_taps(case, column):
    """The taps of the run just made, checked against the job, as canonical arrays."""
    expected = case["taps"]
    for k, ((line, slot, _), want) in enumerate(zip(_taps, expected, strict=False)):
        if (line, slot) != (want["line"], want["slot"]):
            raise Mismatch(
                f"tap {k} comes from line {line} (output {slot}), the spec expects line "
                f"{want['line']} (output {want['slot']}): the program runs in another order"
            )
    if len(_taps) != len(expected):
        raise Mismatch(f"the program made {len(_taps)} taps, the spec expects {len(expected)}")
    values = recorded()
    if column["TAPS"] == "symbolic":
        if _evaluated is None or len(_evaluated) != len(values):
            count = "nothing" if _evaluated is None else f"{len(_evaluated)} values"
            raise Mismatch(f"{len(values)} taps were recorded, `run` handed {count} to `evaluated`")
        values = _evaluated
    arrays = {}
    for k, (value, want) in enumerate(zip(values, expected, strict=True)):
        array = _numeric(column["numpy"](value), f"tap {k} (line {want['line']})")
        if want["kind"] == "indices":
            window = want["window"]
            plane = want.get("plane") or [
                n * w for n, w in zip(want["shape"][1:], window, strict=True)
            ]
            array = np.asarray(column["indices"](array, window, plane)).astype(np.int64)
        arrays[f"tap/{k}"] = to_canonical(array, want["kind"], column["LAYOUT"])
    return arrays


# How long the last pass took.
took = {}


def _pass(case, column, data, folder, serial, tapped):
    """Build, fill and run one of the two files; -> outputs, taps, plan, model."""
    global _evaluated, _snapshot
    training = case["mode"] == "training"
    _taps.clear()
    _evaluated = None
    eager = column["TAPS"] == "eager"
    _snapshot = (lambda value: _numeric(column["numpy"](value), "a tap")) if eager else None
    inputs = []
    for entry in case["inputs"]:
        array = data[f"input/{entry['name']}"].astype(entry["dtype"])
        inputs.append(to_native(array, entry["kind"], column["LAYOUT"]))
    vars(current).update(
        id=case["id"],
        training=training,
        dtype=case["dtype"],
        tapped=tapped,
        arguments=dict(case["arguments"]),
        inputs=list(case["inputs"]),
        arrays=inputs,
        gradients=bool(case.get("gradients")),
    )
    column["prepare"](case["dtype"])
    begun = time.monotonic()
    module = _load(folder / case["tapped" if tapped else "module"], serial)
    model = column["build"](getattr(module, case["model"]), dict(case["arguments"]))
    plan = Plan(case, data, column["MAPS"])
    plan.write(column, model)
    if eager:
        _taps.clear()  # What was tapped while building (a dry run for shapes, say) is no value of this run.
    built = time.monotonic()
    outputs = _named(column["run"](model, inputs, training), case["outputs"], column)
    took.update(build_seconds=built - begun, pass_seconds=time.monotonic() - built)
    kinds = {output["name"]: output["kind"] for output in case["outputs"]}
    outputs = {n: to_canonical(a, kinds[n], column["LAYOUT"]) for n, a in outputs.items()}
    taps = _recorded_taps(case, column) if tapped else {}
    return outputs, taps, plan, model


MOST_GRADIENTS = 4096


def _sampled(array):
    """At most so many numbers of an array, at equal distances."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat[:: max(1, -(-flat.size // MOST_GRADIENTS))]


def _gradients(case, column, plan, model, outputs):
    """The gradients of a fixed sum of the outputs, canonical; nothing if no output is of real numbers."""
    cotangents, real = [], False
    for output in case["outputs"]:
        array = outputs[output["name"]]
        if array.dtype.kind != "f":
            cotangents.append(None)
            continue
        real = True
        cotangent = np.cos(np.arange(array.size) + 1.0).reshape(array.shape).astype(array.dtype)
        cotangents.append(to_native(cotangent, output["kind"], column["LAYOUT"]))
    if not real:
        return {}
    training = case["mode"] == "training"
    found = column["gradients"](model, list(current.arrays), training, cotangents)
    if found is None:
        return {}
    of_inputs, of_variables = found
    result = {}
    for entry, array, value in zip(case["inputs"], current.arrays, of_inputs, strict=True):
        if array.dtype.kind == "f":
            value = np.zeros_like(array) if value is None else np.asarray(value)
            result[f"input/{entry['name']}"] = to_canonical(value, entry["kind"], column["LAYOUT"])
    variables = [np.asarray(column["read"](variable)) for variable in column["variables"](model)]
    arrays = [
        np.zeros_like(variable) if value is None else np.asarray(value).reshape(variable.shape)
        for variable, value in zip(variables, of_variables, strict=True)
    ]
    for k, step in enumerate(plan.steps):
        mine, arrays = arrays[: len(step.arrays)], arrays[len(step.arrays) :]
        for name, array in step.invert(mine).items():
            if name not in step.state:
                result[f"weight/{k}/{name}"] = array
    scale = max([float(np.abs(array).max(initial=0)) for array in result.values()], default=0.0)
    result = {f"gradient/{name}": _sampled(array) for name, array in result.items()}
    return {**result, "gradient/scale": np.array([scale])}


def run_case(case, column, folder, serial=0):
    """Run the plain and the tapped file of one case and write its result; -> how long the plain one took."""
    with np.load(folder / case["data"]) as archive:
        data = {key: archive[key] for key in archive.files}
    plain, _, plan, model = _pass(case, column, data, folder, f"{serial}_plain", tapped=False)
    times = {name: round(seconds, 4) for name, seconds in took.items()}
    wanted = case.get("gradients") and "gradients" in column
    gradients = _gradients(case, column, plan, model, plain) if wanted else {}
    del model
    outputs, result, plan, model = _pass(
        case, column, data, folder, f"{serial}_tapped", tapped=True
    )
    result.update(gradients)
    result.update({f"plain/{name}": array for name, array in plain.items()})
    result.update({f"output/{name}": array for name, array in outputs.items()})
    if case["mode"] == "training":
        for k, (step, arrays) in enumerate(zip(plan.steps, plan.read(column, model), strict=True)):
            result.update({f"state/{k}/{name}": arrays[name] for name in step.state})
    np.savez(folder / case["result"], **result)
    return times


# ---------------------------------------------------------------------------------------------------------------
# The process


def cache():
    """A folder that outlives this process, for what the framework compiles."""
    folder = os.environ.get("HEXAPLA_COLUMN_CACHE")
    path = pathlib.Path(folder) if folder else pathlib.Path(tempfile.gettempdir(), "hexapla-column")
    path.mkdir(parents=True, exist_ok=True)
    return path


def _private_stdout():
    """Keep stdout for the protocol: whatever the frameworks print from now on goes to stderr."""
    sys.stdout.flush()
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    protocol.write("\n")  # Ends a line that an import may have left open.
    return protocol


def _where(error, files):
    """The place in the generated file where the error arose, if it did."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in files]
    return (
        f" (at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}: {frames[-1].line})"
        if frames
        else ""
    )


def main(column, arguments=None):
    """Serve the job named on the command line; `column` is the globals() of run.py."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        sys.exit("usage: python run.py job.json")
    column = {
        "TAPS": "eager",
        "MAPS": {},
        "VERSION": "",
        "numpy": np.asarray,
        "indices": lambda array, window, plane: array,
        **column,
    }
    needed = ["LAYOUT", "prepare", "build", "variables", "read", "write", "run"]
    if missing := [name for name in needed if name not in column]:
        sys.exit(f"run.py does not define {', '.join(missing)}")
    if column["LAYOUT"] not in ("channels_first", "channels_last"):
        sys.exit("run.py: LAYOUT is channels_first or channels_last")
    if column["TAPS"] not in ("eager", "symbolic"):
        sys.exit("run.py: TAPS is eager or symbolic")
    sys.dont_write_bytecode = True
    # A tapped file writes `from run import Tap`: that is this very program, not a second copy of it.
    sys.modules.setdefault("run", sys.modules["__main__"])
    protocol = _private_stdout()

    def say(**event):
        protocol.write(json.dumps(event) + "\n")
        protocol.flush()

    path = pathlib.Path(arguments[0]).resolve()
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    version = str(column["VERSION"])
    say(event="start", version=version, python=platform.python_version(), cases=len(cases))
    for serial, case in enumerate(cases):
        say(event="begin", id=case["id"])
        begun = time.monotonic()
        failure = text = None
        times = {}
        try:
            times = run_case(case, column, path.parent, serial)
        except (Exception, SystemExit) as error:
            text = traceback.format_exc()
            files = {str(path.parent / case[key]) for key in ("module", "tapped")}
            short = "".join(traceback.format_exception_only(type(error), error)).strip()
            short = short.removeprefix("harness.").splitlines()[0]
            failure = short + _where(error, files)
            print(text, file=sys.stderr)
        say(
            event="case",
            id=case["id"],
            status="ok" if failure is None else "failed",
            seconds=round(time.monotonic() - begun, 3),
            error=failure,
            traceback=text,
            **times,
        )
    protocol.flush()
