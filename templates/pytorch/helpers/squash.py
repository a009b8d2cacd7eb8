def squash(x):
    """Shortens vectors to a length below 1, and keeps their directions."""
    square = (x * x).sum(-1, keepdim=True)
    return x * torch.sqrt(square) / (1 + square)
