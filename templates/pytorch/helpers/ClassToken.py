class ClassToken(nn.Module):
    """A learned vector in front of a sequence."""

    def __init__(self, features):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(features))

    def forward(self, x):
        return torch.cat([self.token.expand(len(x), 1, -1), x], dim=1)
