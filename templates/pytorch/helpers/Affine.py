class Affine(nn.Module):
    """A factor and an offset for each channel, with so many axes behind the channels."""

    def __init__(self, channels, axes=0):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.axes = axes

    def forward(self, x):
        shape = [-1, *[1] * self.axes]
        return x * self.weight.view(shape) + self.bias.view(shape)
