"""The models of keras.applications, and how a generated one is compared with them."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402

keras.backend.set_floatx("float64")


def as_written(arrays):
    return arrays


def keras_vgg16():
    def arrays(found):
        # Keras flattens rows, columns, channels, and the paper's order is channels, rows, columns.
        found[26] = found[26].reshape(7, 7, 512, 4096).transpose(2, 0, 1, 3).reshape(-1, 4096)
        return found

    return keras.applications.VGG16(weights=None, classifier_activation=None), 224, arrays


def keras_mobilenet():
    return keras.applications.MobileNet(weights=None, classifier_activation=None, dropout=0), 224, as_written


def keras_densenet121():
    model = keras.applications.DenseNet121(weights=None, classifier_activation=None)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.epsilon = 1e-5  # 1.001e-5 in keras.applications
    return model, 224, as_written


def difference(ours, theirs, image):
    a, b = np.asarray(ours(image)), np.asarray(theirs(image))
    return float(np.abs(a - b).max() / np.abs(b).max())


def compare(build, generated):
    rng = np.random.default_rng(1)
    theirs, size, order = build()
    ours = generated()
    for weight in theirs.weights:
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.name in ("beta", "bias", "moving_mean"):
            weight.assign(rng.uniform(-0.2, 0.2, weight.shape))
    image = rng.standard_normal((2, size, size, 3))
    found = {"parameters": sum(int(np.prod(w.shape)) for w in theirs.trainable_weights)}
    found["untouched"] = difference(ours, theirs, image)
    arrays = order([np.asarray(weight) for weight in theirs.weights])
    ours.set_weights([array.reshape(own.shape) for array, own in zip(arrays, ours.weights, strict=True)])
    found["inference"] = difference(ours, theirs, image)
    return found
