def shared(function):
    """Let all calls of a function use the same weights: the first call makes a model of it."""
    models = []

    def call(*tensors):
        if not models:
            inputs = [keras.Input(batch_shape=x.shape, dtype=x.dtype) for x in tensors]
            models.append(keras.Model(inputs, function(*inputs), name=function.__name__))
        return models[0](list(tensors))

    return call
