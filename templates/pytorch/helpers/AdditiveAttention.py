class AdditiveAttention(nn.Module):
    """Each memory's score is v * tanh(W query + U memory + b); the mean by their softmax."""

    def __init__(self, query_features, memory_features, units):
        super().__init__()
        self.query = nn.Linear(query_features, units, bias=False)
        self.memory = nn.Linear(memory_features, units)
        self.score = nn.Linear(units, 1, bias=False)

    def forward(self, query, memory):
        hidden = torch.tanh(self.query(query)[:, None] + self.memory(memory))
        return (self.score(hidden).softmax(dim=1) * memory).sum(1)
