class PeepholeLSTM(nn.Module):
    """An LSTM whose gates see the cell; the output gate sees the new one. Gates: i, f, g, o."""

    def __init__(self, in_features, units):
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(in_features, 4 * units).uniform_(-0.1, 0.1))
        self.recurrent = nn.Parameter(torch.empty(units, 4 * units).uniform_(-0.1, 0.1))
        self.bias = nn.Parameter(torch.zeros(4 * units))
        self.peephole = nn.Parameter(torch.zeros(3, units))

    def forward(self, x):
        h = c = x.new_zeros(len(x), self.recurrent.shape[0])
        to_i, to_f, to_o = self.peephole
        states = []
        for projected in (x @ self.kernel + self.bias).unbind(1):
            i, f, g, o = (projected + h @ self.recurrent).chunk(4, dim=1)
            i, f = torch.sigmoid(i + to_i * c), torch.sigmoid(f + to_f * c)
            c = f * c + i * torch.tanh(g)
            h = torch.sigmoid(o + to_o * c) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, dim=1), h, c
