class Loop(Layer):
    """A loop over a model, which Keras keeps in the graph: `run` applies it to the tensors."""

    def __init__(self, body, samples, run):
        super().__init__()
        inputs = [keras.Input(batch_shape=x.shape, dtype=x.dtype) for x in samples]
        self.body, self.run = keras.Model(inputs, body(*inputs)), run

    def call(self, tensors):
        return self.run(lambda *tensors: keras.tree.flatten(self.body(tensors)), tensors)
