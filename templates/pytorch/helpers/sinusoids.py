def sinusoids(x, halves=False):
    """Positions as waves of growing length; sine and cosine in turns, or in halves."""
    length, width = x.shape[1:]
    t = torch.arange(length, dtype=x.dtype, device=x.device)[:, None]
    angles = t / 10000 ** (torch.arange(0, width, 2, dtype=x.dtype, device=x.device) / width)
    if halves:
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)
