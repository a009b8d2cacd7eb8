class StandardizedConv2d(nn.Conv2d):
    """A convolution with kernels of mean 0 and variance 1, whatever is learned."""

    def __init__(self, *args, eps, **kwargs):
        super().__init__(*args, **kwargs)
        self.eps = eps

    def forward(self, x):
        variance, mean = torch.var_mean(self.weight, dim=(1, 2, 3), correction=0, keepdim=True)
        weight = (self.weight - mean) / torch.sqrt(variance + self.eps)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)
