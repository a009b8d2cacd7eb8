class Sequential(tf.Module):
    """Calls its layers in order; those that are modules are told whether this is training."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def __call__(self, x, training=False):
        for layer in self.layers:
            x = layer(x, training=training) if isinstance(layer, tf.Module) else layer(x)
        return x
