def repeat_while(body, limit, states, constants=()):
    """Applies `body` to the states while it tells a sample to go on, in Python, on the host."""
    going = torch.ones(len(states[0]), dtype=torch.bool, device=states[0].device)
    for _ in range(limit):
        more, *new = body(*constants, *states)
        samples = [going.reshape(-1, *[1] * (state.ndim - 1)) for state in states]
        states = [torch.where(*choice) for choice in zip(samples, new, states, strict=True)]
        going = going & (more[:, 0] > 0)
        if not going.any():
            break
    return tuple(states)
