"""The runner of the PyTorch column; `harness.py` says what each function is for."""

import harness
import numpy as np
import torch
from torch import nn

LAYOUT = "channels_first"
VERSION = torch.__version__


class Tap(nn.Module):
    """Records what passes, between the layers of a Sequential."""

    def __init__(self, line, slot):
        super().__init__()
        self.line = line
        self.slot = slot

    def forward(self, x):
        return harness.tap(x, self.line, self.slot)


def prepare(dtype):
    torch.set_default_dtype(getattr(torch, dtype))
    torch.manual_seed(0)


def build(model, arguments):
    return model(**arguments)


def variables(model):
    """Parameters and running statistics, in order of creation, without the counter of batches."""
    return [
        variable
        for module in model.modules()
        for variable in [
            *module.parameters(recurse=False),
            *(b for n, b in module.named_buffers(recurse=False) if n != "num_batches_tracked"),
        ]
    ]


def read(variable):
    return variable.detach().numpy().copy()


def write(variable, array):
    with torch.no_grad():
        variable.copy_(torch.from_numpy(array))


def label(variable):
    return type(variable).__name__.lower()


def run(model, inputs, training):
    model.train(training)
    inputs = [torch.from_numpy(np.ascontiguousarray(a)) for a in inputs]
    with torch.no_grad():
        return model(*(x if x.is_floating_point() else x.long() for x in inputs))


def gradients(model, inputs, training, cotangents):
    model.train(training)
    inputs = [torch.from_numpy(np.ascontiguousarray(a)) for a in inputs]
    inputs = [x.requires_grad_() if x.is_floating_point() else x.long() for x in inputs]
    outputs = model(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    pairs = [
        (y, torch.from_numpy(np.ascontiguousarray(c)))
        for y, c in zip(outputs, cotangents, strict=True)
        if c is not None and y.requires_grad
    ]
    wanted = [*inputs, *variables(model)]
    found = dict.fromkeys(range(len(wanted)))
    places = [k for k, tensor in enumerate(wanted) if tensor.requires_grad]
    if pairs and places:
        values = torch.autograd.grad(
            [y for y, _ in pairs],
            [wanted[k] for k in places],
            [c for _, c in pairs],
            allow_unused=True,
        )
        found.update(zip(places, values, strict=True))
    values = [None if value is None else value.numpy() for value in found.values()]
    return values[: len(inputs)], values[len(inputs) :]


def _lstm_to_torch(arrays, attributes):
    bias = arrays["bias"]
    return [arrays["kernel"].T, arrays["recurrent"].T, bias, np.zeros_like(bias)]


def _lstm_from_torch(arrays, attributes):
    kernel, recurrent, bias, second = arrays
    return {"kernel": kernel.T, "recurrent": recurrent.T, "bias": bias + second}


def _turned(array):
    """Between the gate orders z, r, h and r, z, n (its own inverse)."""
    z, r, n = np.split(array, 3, axis=-1)
    return np.concatenate([r, z, n], axis=-1)


def _gru_to_torch(arrays, attributes):
    if attributes["reset"] == "before":
        return [arrays["kernel"], arrays["recurrent"], arrays["bias"]]
    return [
        _turned(arrays["kernel"]).T,
        _turned(arrays["recurrent"]).T,
        _turned(arrays["bias"]),
        _turned(arrays["recurrent_bias"]),
    ]


def _gru_from_torch(arrays, attributes):
    if attributes["reset"] == "before":
        return dict(zip(("kernel", "recurrent", "bias"), arrays, strict=True))
    kernel, recurrent, bias, own = arrays
    return {
        "kernel": _turned(kernel.T),
        "recurrent": _turned(recurrent.T),
        "bias": _turned(bias),
        "recurrent_bias": _turned(own),
    }


def _attention_to_torch(arrays, attributes):
    inputs = ("query", "key", "value")
    return [
        np.concatenate([arrays[name].T for name in inputs]),
        np.concatenate([arrays[f"{name}_bias"] for name in inputs]),
        arrays["output"].T,
        arrays["output_bias"],
    ]


def _attention_from_torch(arrays, attributes):
    kernel, bias, output, output_bias = arrays
    query, key, value = np.split(kernel, 3)
    query_bias, key_bias, value_bias = np.split(bias, 3)
    return {
        "query": query.T,
        "query_bias": query_bias,
        "key": key.T,
        "key_bias": key_bias,
        "value": value.T,
        "value_bias": value_bias,
        "output": output.T,
        "output_bias": output_bias,
    }


MAPS = {
    "lstm": (_lstm_to_torch, _lstm_from_torch),
    "one_bias": (_lstm_to_torch, _lstm_from_torch),
    "gru": (_gru_to_torch, _gru_from_torch),
    "attention": (_attention_to_torch, _attention_from_torch),
}

if __name__ == "__main__":
    harness.main(globals())
