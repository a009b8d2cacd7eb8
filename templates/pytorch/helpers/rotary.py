def rotary(x, halves=False):
    """Turns each pair of features by an angle that grows with the position."""
    length, width = x.shape[-2:]
    t = torch.arange(length, dtype=x.dtype, device=x.device)[:, None]
    angles = t / 10000 ** (torch.arange(0, width, 2, dtype=x.dtype, device=x.device) / width)
    a, b = x.chunk(2, dim=-1) if halves else (x[..., ::2], x[..., 1::2])
    turned = a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()
    return torch.cat(turned, dim=-1) if halves else torch.stack(turned, dim=-1).flatten(-2)
