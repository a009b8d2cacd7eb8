"""Compares a generated ResNet-18 with torchvision's: the same random weights in, the same logits out.

    python compare.py resnet18.py

Prints the largest difference relative to the largest logit, in inference and in training.
"""

import copy
import importlib.util
import sys

import torch
import torchvision
from torch import nn

TOLERANCE = 1e-5


def layers(model):
    """The layers that own weights, in the order in which the model was written."""
    kinds = nn.Conv2d, nn.BatchNorm2d, nn.Linear
    return [module for module in model.modules() if isinstance(module, kinds)]


def generated(path):
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ResNet18


def difference(ours, theirs, image):
    with torch.no_grad():
        a, b = ours(image), theirs(image)
    return ((a - b).abs().max() / b.abs().max()).item()


def main():
    torch.manual_seed(1)
    theirs = torchvision.models.resnet18(weights=None, num_classes=11)
    ours = generated(sys.argv[1])(classes=11)
    # Running statistics as they are after some training; fresh ones would hide a swap.
    for layer in layers(theirs):
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean, -0.2, 0.2)
            nn.init.uniform_(layer.running_var, 0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.2, 0.2)
    image = torch.randn(3, 3, 97, 130)
    untouched = difference(copy.deepcopy(ours).eval(), theirs.eval(), image)
    assert untouched > 0.01, "the comparison would not see other weights"
    for a, b in zip(layers(ours), layers(theirs), strict=True):
        assert type(a) is type(b), f"{a} stands where torchvision has {b}"
        a.load_state_dict(b.state_dict())
    failed = False
    for mode in ("inference", "training"):
        training = mode == "training"
        error = difference(ours.train(training), theirs.train(training), image)
        print(f"{mode}: {error:.1e}")
        failed |= not error <= TOLERANCE
    # The running statistics that the step in training left behind.
    error = max(
        (a.running_var - b.running_var).abs().max().item()
        for a, b in zip(layers(ours), layers(theirs), strict=True)
        if isinstance(a, nn.BatchNorm2d)
    )
    print(f"running variance: {error:.1e}")
    sys.exit(failed or not error <= TOLERANCE)


if __name__ == "__main__":
    main()
