class ResetBeforeGRU(nn.Module):
    """A GRU whose reset gate acts on the state, before the product; gates in the order z, r, h."""

    def __init__(self, in_features, units):
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(in_features, 3 * units).uniform_(-0.1, 0.1))
        self.recurrent = nn.Parameter(torch.empty(units, 3 * units).uniform_(-0.1, 0.1))
        self.bias = nn.Parameter(torch.zeros(3 * units))

    def forward(self, x, h=None):
        h = x.new_zeros(len(x), self.recurrent.shape[0]) if h is None else h[0]
        gates, candidate = self.recurrent.tensor_split([2 * h.shape[1]], dim=1)
        states = []
        for projected in (x @ self.kernel + self.bias).unbind(1):
            z, r, n = projected.chunk(3, dim=1)
            from_z, from_r = (h @ gates).chunk(2, dim=1)
            z, r = torch.sigmoid(z + from_z), torch.sigmoid(r + from_r)
            h = z * h + (1 - z) * torch.tanh(n + (r * h) @ candidate)
            states.append(h)
        return torch.stack(states, dim=1), h[None]
