class SamePad(nn.Module):
    """`same_pad` as a layer, in front of a strided convolution or pooling."""

    def __init__(self, kernel, stride, dilation=None, value=0.0):
        super().__init__()
        self.arguments = kernel, stride, dilation, value

    def forward(self, x):
        return same_pad(x, *self.arguments)
