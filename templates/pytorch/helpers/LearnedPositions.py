class LearnedPositions(nn.Module):
    """A vector for each position, added."""

    def __init__(self, length, features):
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(length, features))

    def forward(self, x):
        return x + self.table[: x.shape[1]]
