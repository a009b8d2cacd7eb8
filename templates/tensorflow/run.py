"""The runner of the TensorFlow column; `harness.py` says what each function is for."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import harness  # noqa: E402
import tensorflow as tf  # noqa: E402

LAYOUT = "channels_last"
VERSION = tf.__version__

_created = []


def _pool(planes):
    volumes = harness.volumes_by_planes(tf, tf.float32, planes, planes)

    def pool(x, ksize, strides, padding):
        doubled = x.shape.rank == 5 and x.dtype == tf.float64
        return (volumes if doubled else planes)(x, ksize, strides, padding)

    return pool


tf.nn.max_pool, tf.nn.avg_pool = _pool(tf.nn.max_pool), _pool(tf.nn.avg_pool)


class Tap:
    """Records what passes, between the layers of a Sequential."""

    def __init__(self, line, slot):
        self.line = line
        self.slot = slot

    def __call__(self, x):
        return harness.tap(x, self.line, self.slot)


def prepare(dtype):
    tf.random.set_seed(0)
    # It would round float32 to TF32 on a GPU.
    tf.config.experimental.enable_tensor_float_32_execution(False)


def build(model, arguments):
    """A generated file creates its variables in its own DTYPE; they are caught as they are made."""
    model.__call__.__globals__["DTYPE"] = tf.as_dtype(harness.current.dtype)
    _created.clear()

    def creator(create, **options):
        variable = create(**options)
        _created.append(variable)
        return variable

    with tf.variable_creator_scope(creator):
        return model(**arguments)


def variables(model):
    return _created


def read(variable):
    return variable.numpy()


def write(variable, array):
    variable.assign(array)


def label(variable):
    return "state" if not variable.trainable else "weight"


def run(model, inputs, training):
    inputs = [tf.constant(array) for array in inputs]
    names = type(model).__call__.__code__.co_varnames
    return model(*inputs, training=training) if "training" in names else model(*inputs)


def gradients(model, inputs, training, cotangents):
    inputs = [tf.constant(array) for array in inputs]
    names = type(model).__call__.__code__.co_varnames
    with tf.GradientTape() as tape:
        tape.watch([x for x in inputs if x.dtype.is_floating])
        outputs = model(*inputs, **({"training": training} if "training" in names else {}))
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        parts = [y * c for y, c in zip(outputs, cotangents, strict=True) if c is not None]
        total = tf.add_n([tf.reduce_sum(part) for part in parts])
    try:
        values = tape.gradient(total, [*inputs, *_created])
    except tf.errors.InvalidArgumentError as error:
        if not harness.lacks_gradient_in_double(error):
            raise
        return None
    values = [None if value is None else tf.convert_to_tensor(value).numpy() for value in values]
    return values[: len(inputs)], values[len(inputs) :]


def indices(array, window, plane):
    """`max_pool_with_argmax` counts (y * W + x) * C + c within an image, the helper for volumes within each window."""
    if len(window) == 3:
        return harness.flat_from_window(array, window, plane, LAYOUT)
    return harness.flat_from_channels_last(array)


if __name__ == "__main__":
    harness.main(globals())
