def same_avg_pool(x, kernel, stride):
    """Averages over windows padded as `same_pad` does, without counting the padding."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    total = pool(same_pad(x, kernel, stride), kernel, stride)
    return total / pool(same_pad(torch.ones_like(x[:1, :1]), kernel, stride), kernel, stride)
