"""The TFLearn column in verification: one graph and one session for each model.

TFLearn writes `tf.float32` wherever it makes a variable, a placeholder or a state. Here, before it is imported,
that name is given another meaning: the same graph is then drawn in double precision, where rounding can't be
mistaken for a difference.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import harness  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow.compat.v1 as tf  # noqa: E402
from tensorflow.python.util import nest  # noqa: E402

nest.is_sequence = nest.is_nested
single, tf.float32 = tf.float32, tf.float64


def _volumes(volumes, planes):
    pool = harness.volumes_by_planes(tf, single, volumes, planes)
    return lambda x, kernel, strides, padding: pool(x, kernel[1:-1], strides[1:-1], padding)


tf.nn.max_pool3d = _volumes(tf.nn.max_pool3d, tf.nn.max_pool)
tf.nn.avg_pool3d = _volumes(tf.nn.avg_pool3d, tf.nn.avg_pool)

import tflearn  # noqa: E402

LAYOUT = "channels_last"
TAPS = "symbolic"
VERSION = f"0.5.0 on TensorFlow {tf.__version__}"

_session = None
_written = {}  # name of a variable -> array: written, but not yet in the session
_values = {}  # name of a variable -> array: as the session holds it now


def prepare(dtype):
    """A fresh graph; TFLearn's collections (inputs, training mode, losses) belong to the graph."""
    if dtype != "float64":
        raise harness.Mismatch(f"TFLearn draws its graphs in float64 here; the case asks for {dtype}")
    tf.logging.set_verbosity(tf.logging.ERROR)
    if _session is not None:
        _session.close()
    _written.clear()
    _values.clear()
    tf.reset_default_graph()
    tf.get_variable_scope().set_dtype(tf.float64)  # the LSTM asks for its matrix by name alone
    tf.set_random_seed(0)


def build(model, arguments):
    """Draw the graph, open its session and give every variable a first value."""
    global _session
    outputs = model(**arguments)
    tflearn.get_training_mode()  # created now, for a model without dropout and batch normalization
    _session = tf.Session()
    _session.run(tf.global_variables_initializer())
    return outputs


def variables(model):
    """All variables in order of creation; the switch between training and inference is none."""
    switch = tflearn.get_training_mode().op.name
    return [v for v in tf.global_variables() if v.op.name != switch]


def write(variable, array):
    _written[variable.op.name] = array


def read(variable):
    _flush()
    if not _values:
        _values.update(_session.run({v.op.name: v for v in tf.global_variables()}))
    return _values[variable.op.name]


def _flush():
    """Load all that was written in one run: each new set of fetches costs a pass over the graph."""
    if _written:
        assigns = {v.op.name: v.initializer for v in tf.global_variables()}
        feed = {assigns[name].inputs[1]: array for name, array in _written.items()}
        _session.run([assigns[name] for name in _written], feed)
        _written.clear()
        _values.clear()


def label(variable):
    return variable.op.name


def run(model, inputs, training):
    """One run of the session fetches the outputs and, in the tapped file, every tap."""
    _flush()
    tflearn.is_training(training, session=_session)
    feed = dict(zip(tf.get_collection(tf.GraphKeys.INPUTS), inputs, strict=True))
    outputs, taps = _session.run([model, harness.recorded()], feed)
    _values.clear()
    harness.evaluated(taps)
    return outputs


def gradients(model, inputs, training, cotangents):
    tflearn.is_training(training, session=_session)
    placeholders = tf.get_collection(tf.GraphKeys.INPUTS)
    feed = dict(zip(placeholders, inputs, strict=True))
    outputs = model if isinstance(model, (list, tuple)) else [model]
    parts = [y * c for y, c in zip(outputs, cotangents, strict=True) if c is not None]
    total = tf.add_n([tf.reduce_sum(part) for part in parts])
    wanted = [*placeholders, *variables(model)]
    values = tf.gradients(total, [x for x in wanted if x.dtype.base_dtype.is_floating])
    symbols = [None if value is None else tf.convert_to_tensor(value) for value in values]
    try:
        values = iter(_session.run([symbol for symbol in symbols if symbol is not None], feed))
    except tf.errors.InvalidArgumentError as error:
        if not harness.lacks_gradient_in_double(error):
            raise
        return None
    fetched = iter([None if symbol is None else next(values) for symbol in symbols])
    values = [next(fetched) if x.dtype.base_dtype.is_floating else None for x in wanted]
    _values.clear()
    return values[: len(inputs)], values[len(inputs) :]


def indices(array, window, plane):
    """`max_pool_with_argmax` counts (y * W + x) * C + c within an image, the helper for volumes within each window."""
    if len(window) == 3:
        return harness.flat_from_window(array, window, plane, LAYOUT)
    return harness.flat_from_channels_last(array)


# -------------------------------------------------------------------------------------------------
# `conv_1d` and its transposed one keep their kernels as [length, 1, in, out].


def _convolution_to_framework(arrays, attributes):
    kernel, *bias = (arrays[name] for name in ("kernel", "bias") if name in arrays)
    return [kernel[:, None] if len(attributes["kernel"]) == 1 else kernel, *bias]


def _convolution_from_framework(arrays, attributes):
    kernel, *bias = arrays
    kernel = kernel[:, 0] if len(attributes["kernel"]) == 1 else kernel
    return {"kernel": kernel, **({"bias": bias[0]} if bias else {})}


# -------------------------------------------------------------------------------------------------
# The LSTM of TFLearn has one matrix [features + units, 4 units], the kernel above the recurrent
# kernel, and its gates in the order i, g, f, o.


def _swap(array):
    """Between the gate orders i, f, g, o and i, g, f, o (its own inverse)."""
    i, f, g, o = np.split(array, 4, axis=-1)
    return np.concatenate([i, g, f, o], axis=-1)


def _lstm_to_framework(arrays, attributes):
    matrix = np.concatenate([_swap(arrays["kernel"]), _swap(arrays["recurrent"])], axis=0)
    return [matrix, _swap(arrays["bias"])]


def _lstm_from_framework(arrays, attributes):
    matrix, bias = arrays
    units = bias.shape[0] // 4
    return {
        "kernel": _swap(matrix[:-units]),
        "recurrent": _swap(matrix[-units:]),
        "bias": _swap(bias),
    }


def _rnn_to_framework(arrays, attributes):
    return [np.concatenate([arrays["kernel"], arrays["recurrent"]], axis=0), arrays["bias"]]


def _rnn_from_framework(arrays, attributes):
    matrix, bias = arrays
    return {"kernel": matrix[: -len(bias)], "recurrent": matrix[-len(bias) :], "bias": bias}


MAPS = {
    "convolution": (_convolution_to_framework, _convolution_from_framework),
    "lstm": (_lstm_to_framework, _lstm_from_framework),
    "rnn": (_rnn_to_framework, _rnn_from_framework),
}


if __name__ == "__main__":
    harness.main(globals())
