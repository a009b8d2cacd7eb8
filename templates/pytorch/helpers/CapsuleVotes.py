class CapsuleVotes(nn.Module):
    """What each capsule says of each capsule of the next layer: a matrix for each pair."""

    def __init__(self, count, features, capsules, width):
        super().__init__()
        self.kernel = nn.Parameter(0.05 * torch.randn(count, capsules, features, width))

    def forward(self, x):
        return torch.einsum("bnd,njde->bjne", x, self.kernel)
