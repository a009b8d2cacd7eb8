class RelativeBias(nn.Module):
    """Adds to scores a learned number of the distance, one for each head."""

    def __init__(self, heads, distance):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(2 * distance + 1, heads))
        self.distance = distance

    def forward(self, x):
        queries, keys = (torch.arange(n, device=x.device) for n in x.shape[-2:])
        places = (keys - queries[:, None]).clamp(-self.distance, self.distance) + self.distance
        return x + self.table[places].permute(2, 0, 1)
