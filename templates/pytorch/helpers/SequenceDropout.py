class SequenceDropout(nn.Dropout1d):
    """Drops the same features in every step of a sequence."""

    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)
