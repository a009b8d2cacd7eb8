@keras.saving.register_keras_serializable()
class TiedDense(Layer):
    """A dense layer with the table of an embedding as its kernel."""

    def __init__(self, embedding, **kwargs):
        super().__init__(**kwargs)
        self.embedding = embedding

    def call(self, x):
        return ops.matmul(x, ops.transpose(self.embedding.embeddings))

    def compute_output_shape(self, shape):
        return *shape[:-1], self.embedding.input_dim

    def get_config(self):
        embedding = keras.saving.serialize_keras_object(self.embedding)
        return {**super().get_config(), "embedding": embedding}
