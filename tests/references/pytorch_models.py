"""The models of torchvision, torch.nn and transformers, and how a generated one is compared with them.

Both have to give the same numbers in inference, and in training with dropout at 0, where the running statistics that
a step leaves behind are compared as well.
"""

import copy

import torch
import torchvision
import transformers
from torch import nn

torch.set_default_dtype(torch.float64)


class Reference:
    """A model, the arrays of its weights and statistics in the order of our layers, and inputs for it."""

    def __init__(self, model, inputs, arrays=None, outputs=lambda y: [y]):
        self.model, self.inputs, self.outputs = model, inputs, outputs
        self.arrays = arrays or (lambda: state(model))


def state(model):
    """Weights and running statistics, in the order in which the layers were written."""
    return [array for name, array in model.state_dict().items() if "num_batches" not in name]


def vision(name, size=224, **arguments):
    model = getattr(torchvision.models, name)(weights=None, **arguments)
    return Reference(model, [torch.randn(2, 3, size, size)])


def torchvision_alexnet():
    return vision("alexnet")


def torchvision_vgg16():
    return vision("vgg16")


def torchvision_squeezenet1_1():
    return vision("squeezenet1_1")


def torchvision_resnet18():
    return vision("resnet18", 97)


def torchvision_resnet34():
    return vision("resnet34", 97)


def torchvision_resnet50():
    return vision("resnet50", 97)


def torchvision_resnet101():
    return vision("resnet101", 97)


def torchvision_resnext50_32x4d():
    return vision("resnext50_32x4d", 97)


def torchvision_wide_resnet50_2():
    return vision("wide_resnet50_2", 97)


def torchvision_densenet121():
    return vision("densenet121", 97)


def torchvision_mobilenet_v2():
    return vision("mobilenet_v2", 97)


def torchvision_vit_b_16():
    reference = vision("vit_b_16")
    model = reference.model

    def arrays():
        # torchvision's token is a parameter of the whole, in front of all layers.
        token, kernel, bias, *others = state(model)
        return [kernel, bias, token, *others]

    reference.arrays = arrays
    return reference


def torch_transformer_encoder():
    layer = nn.TransformerEncoderLayer(512, 8, 2048, batch_first=True)
    model = nn.TransformerEncoder(layer, 6)

    def arrays():
        found = []
        for layer in model.layers:
            for part in (layer.self_attn, layer.norm1, layer.linear1, layer.linear2, layer.norm2):
                found += part.parameters()
        return found

    return Reference(model, [torch.randn(2, 9, 512)], arrays)


def stacked(*linears):
    """The weights and the biases of several dense layers beside each other, as nn.MultiheadAttention has them."""
    return [torch.cat([x.weight for x in linears]), torch.cat([x.bias for x in linears])]


def transformers_bert():
    config = transformers.BertConfig(attn_implementation="eager")
    model = transformers.BertModel(config)

    def arrays():
        e = model.embeddings
        found = [e.word_embeddings.weight, e.position_embeddings.weight]
        found += [e.token_type_embeddings.weight, *e.LayerNorm.parameters()]
        for layer in model.encoder.layer:
            attention = layer.attention.self
            found += stacked(attention.query, attention.key, attention.value)
            found += layer.attention.output.dense.parameters()
            found += layer.attention.output.LayerNorm.parameters()
            found += layer.intermediate.dense.parameters()
            found += layer.output.dense.parameters()
            found += layer.output.LayerNorm.parameters()
        return found + list(model.pooler.parameters())

    words, kinds = torch.randint(config.vocab_size, (2, 11)), torch.randint(2, (2, 11))
    outputs = lambda y: [y.last_hidden_state, y.pooler_output]  # noqa: E731
    reference = Reference(model, [words, kinds], arrays, outputs)
    reference.call = lambda words, kinds: model(words, token_type_ids=kinds)
    return reference


def transformers_gpt2():
    config = transformers.GPT2Config(attn_implementation="eager")
    model = transformers.GPT2LMHeadModel(config)
    base = model.transformer

    def dense(conv):
        # The Conv1D of transformers has the kernel of a dense layer, transposed.
        return [conv.weight.T, conv.bias]

    def arrays():
        found = [base.wte.weight, base.wpe.weight]
        for layer in base.h:
            found += [*layer.ln_1.parameters(), *dense(layer.attn.c_attn), *dense(layer.attn.c_proj)]
            found += [*layer.ln_2.parameters(), *dense(layer.mlp.c_fc), *dense(layer.mlp.c_proj)]
        return found + list(base.ln_f.parameters())

    words = torch.randint(config.vocab_size, (2, 11))
    reference = Reference(model, [words], arrays, lambda y: [y, model.lm_head(y)])
    reference.call = lambda words: base(words).last_hidden_state
    return reference


def transformers_vit():
    # The eps of the authors' code, and of torchvision; the configuration's default is 1e-12.
    config = transformers.ViTConfig(layer_norm_eps=1e-6, num_labels=1000, attn_implementation="eager")
    model = transformers.ViTForImageClassification(config)

    def arrays():
        e = model.vit.embeddings
        found = [*e.patch_embeddings.projection.parameters(), e.cls_token, e.position_embeddings]
        for layer in model.vit.layers:
            attention = layer.attention
            found += layer.layernorm_before.parameters()
            found += stacked(attention.q_proj, attention.k_proj, attention.v_proj)
            found += attention.o_proj.parameters()
            found += layer.layernorm_after.parameters()
            found += [*layer.mlp.fc1.parameters(), *layer.mlp.fc2.parameters()]
        return found + [*model.vit.layernorm.parameters(), *model.classifier.parameters()]

    return Reference(model, [torch.randn(2, 3, 224, 224)], arrays, lambda y: [y.logits])


def randomise(model):
    """What a fresh model has as 0 or 1 would hide a swap."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2)
        if isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or "token" in name or "position" in name:
            nn.init.uniform_(parameter, -0.2, 0.2)


def without_dropout(model):
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        if isinstance(module, nn.MultiheadAttention):
            module.dropout = 0.0
        for name in ("dropout", "dropout_prob", "attention_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    return model


def compare(build, generated):
    torch.manual_seed(1)
    reference = build()
    theirs = without_dropout(reference.model)
    randomise(theirs)
    ours = without_dropout(generated())
    call = getattr(reference, "call", theirs)

    def difference(model):
        with torch.no_grad():
            a, b = model(*reference.inputs), reference.outputs(call(*reference.inputs))
        a = a if isinstance(a, tuple) else (a,)
        errors = [((x - y).abs().max() / y.abs().max()).item() for x, y in zip(a, b, strict=True)]
        return max(errors)

    found = {"parameters": sum(p.numel() for p in theirs.parameters())}
    found["untouched"] = difference(copy.deepcopy(ours).eval() if theirs.eval() else ours)
    given = [array.detach().reshape(own.shape) for array, own in zip(reference.arrays(), state(ours), strict=True)]
    for own, array in zip(state(ours), given, strict=True):
        own.copy_(array)
    for mode in ("inference", "training"):
        ours.train(mode == "training")
        theirs.train(mode == "training")
        found[mode] = difference(ours)
    # The running statistics that the step in training left behind.
    found["state"] = max(
        (a - b.reshape(a.shape)).abs().max().item() for a, b in zip(state(ours), reference.arrays(), strict=True)
    )
    return found
