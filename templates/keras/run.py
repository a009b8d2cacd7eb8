"""The runner of the Keras column; `harness.py` says what each function is for."""

import math
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import harness  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

LAYOUT = "channels_last"
TAPS = "symbolic"
VERSION = keras.__version__

_created = []
_add_weight = keras.Layer.add_weight


def _recording_add_weight(layer, *args, **options):
    variable = _add_weight(layer, *args, **options)
    _created.append(variable)
    return variable


keras.Layer.add_weight = _recording_add_weight


class _Part:
    """A model within the model, as a shared stack of layers is: each call of it gives its taps anew."""

    def __init__(self, inputs, outputs, **options):
        self.model = _Model(inputs, outputs, **options)
        self.taps = harness.taken(lambda tap: _depends(tap, keras.tree.flatten(inputs)))
        self.with_taps = _Model(inputs, [outputs, *(value for _, _, value in self.taps)])

    def __call__(self, x):
        if not self.taps:
            return self.model(x)
        outputs, *values = self.with_taps(x)
        for (line, slot, _), value in zip(self.taps, values, strict=True):
            harness.tap(value, line, slot)
        return outputs


def _depends(value, inputs):
    """Whether a symbolic tensor is computed from one of these."""
    found, open_ = {id(tensor) for tensor in inputs}, [value]
    seen = set()
    while open_:
        tensor = open_.pop()
        if id(tensor) in found:
            return True
        if id(tensor) not in seen:
            seen.add(id(tensor))
            history = tensor._keras_history
            open_ += history.operation._inbound_nodes[history.node_index].input_tensors
    return False


_Model = keras.Model
keras.Model = _Part


def _pool(planes):
    volumes = harness.volumes_by_planes(tf, tf.float32, planes, planes)

    def pool(x, kernel, strides, padding, layout):
        if layout == "NDHWC" and x.dtype == tf.float64:
            return volumes(x, kernel, strides, padding)
        return planes(x, kernel, strides, padding, layout)

    return pool


tf.nn.max_pool, tf.nn.avg_pool = _pool(tf.nn.max_pool), _pool(tf.nn.avg_pool)


def prepare(dtype):
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def build(model, arguments):
    _created.clear()
    part = model(**arguments)
    built = part.model
    for line, slot, value in part.taps:
        harness.tap(value, line, slot)
    for layer in built._flatten_layers():
        if isinstance(layer, keras.layers.MultiHeadAttention):
            # Keras keeps a Python float here, which its TensorFlow backend rounds to float32 before it
            # meets the float64 queries: an error of 1e-8 that is no matter of the program.
            layer._inverse_sqrt_key_dim = np.float64(1 / math.sqrt(layer.key_dim))
    return built


def variables(model):
    return _created


def _is_slope(variable):
    """PReLU keeps its slopes as [1, 1, C]; the canonical ones are [C]."""
    return variable.name == "alpha"


def read(variable):
    array = keras.ops.convert_to_numpy(variable)
    return array.reshape(-1) if _is_slope(variable) else array


def write(variable, array):
    variable.assign(array.reshape(variable.shape))


def run(model, inputs, training):
    outputs = len(model.outputs)
    model = _Model(model.inputs, [*model.outputs, *harness.recorded()])
    values = model(inputs, training=training)
    values = list(values) if isinstance(values, (list, tuple)) else [values]  # Keras unwraps a list of one.
    harness.evaluated(values[outputs:])
    return values[:outputs]


def gradients(model, inputs, training, cotangents):
    inputs = [tf.constant(array) for array in inputs]
    variables = [variable.value for variable in _created]
    with tf.GradientTape() as tape:
        tape.watch([x for x in inputs if x.dtype.is_floating])
        outputs = model(inputs, training=training)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        parts = [y * c for y, c in zip(outputs, cotangents, strict=True) if c is not None]
        total = tf.add_n([tf.reduce_sum(part) for part in parts])
    values = tape.gradient(total, [*inputs, *variables])
    values = [None if value is None else tf.convert_to_tensor(value).numpy() for value in values]
    return values[: len(inputs)], values[len(inputs) :]


def numpy(value):
    return keras.ops.convert_to_numpy(value)


def indices(array, window, plane):
    return harness.flat_from_window(array, window, plane, LAYOUT)


def _attention_to_framework(arrays, attributes):
    """Keras keeps the heads apart: [D, heads, D / heads], and the other way round for the output."""
    heads = attributes["heads"]
    split = []
    for name in ("query", "key", "value"):
        split += [arrays[name].reshape(len(arrays[name]), heads, -1), arrays[f"{name}_bias"].reshape(heads, -1)]
    output = arrays["output"]
    return [*split, output.reshape(heads, -1, output.shape[1]), arrays["output_bias"]]


def _attention_from_framework(arrays, attributes):
    names = ("query", "query_bias", "key", "key_bias", "value", "value_bias", "output", "output_bias")
    found = dict(zip(names, arrays, strict=True))
    for name in ("query", "key", "value"):
        found[name] = found[name].reshape(len(found[name]), -1)
        found[f"{name}_bias"] = found[f"{name}_bias"].reshape(-1)
    found["output"] = found["output"].reshape(-1, found["output"].shape[-1])
    return found


def _gru_to_framework(arrays, attributes):
    """Keras keeps the two biases of a GRU whose reset gate acts after the product as rows of one."""
    bias = arrays["bias"]
    if "recurrent_bias" in arrays:
        bias = np.stack([bias, arrays["recurrent_bias"]])
    return [arrays["kernel"], arrays["recurrent"], bias]


def _gru_from_framework(arrays, attributes):
    kernel, recurrent, bias = arrays
    found = {"kernel": kernel, "recurrent": recurrent, "bias": bias}
    if bias.ndim == 2:
        found["bias"], found["recurrent_bias"] = bias
    return found


MAPS = {
    "attention": (_attention_to_framework, _attention_from_framework),
    "gru": (_gru_to_framework, _gru_from_framework),
}

if __name__ == "__main__":
    harness.main(globals())
