class Loop(Layer):
    """A loop over a model, which Keras keeps in the graph: `run` applies it to the tensors."""

    def __init__(self, body, samples, run):
        super().__init__()
        inputs = [keras.Input(batch_shape=x.shape, dtype=x.dtype) for x in samples]
        self.body, self.run = keras.Model(inputs, body(*inputs)), run

    def call(self, tensors):
        return self.run(lambda *tensors: keras.tree.flatten(self.body(tensors)), tensors)

    def compute_output_spec(self, tensors):
        # Keras marks a product with a number as sparse, which it is not.
        return super().compute_output_spec([keras.KerasTensor(x.shape, x.dtype) for x in tensors])
