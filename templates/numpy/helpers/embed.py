def embed(net, tokens, vocabulary, width):
    """A row of a table for each token."""
    return net.weight(vocabulary, width)[tokens]
