class FeatureBatchNorm(nn.BatchNorm1d):
    """Batch normalisation of the last axis, over all axes before it."""

    def forward(self, x):
        return super().forward(x.flatten(0, -2)).view_as(x)
