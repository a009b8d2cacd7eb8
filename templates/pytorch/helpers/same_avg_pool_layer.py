class SameAvgPool(nn.Module):
    """`same_avg_pool` as a layer."""

    def __init__(self, kernel, stride):
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x):
        return same_avg_pool(x, self.kernel, self.stride)
