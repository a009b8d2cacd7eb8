def causal_mask(query, key):
    """Marks for each step those that it may not see: the ones behind it."""
    steps = query.shape[1], key.shape[1]
    return torch.ones(steps, dtype=torch.bool, device=query.device).triu(1)
