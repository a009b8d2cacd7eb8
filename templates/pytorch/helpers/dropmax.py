def dropmax(x, retain, eps):
    """A softmax over those classes that are retained."""
    e = (retain + eps) * torch.exp(x - x.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True)
