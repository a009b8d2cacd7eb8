class Network:
    """A graph under construction: its variables in order of creation, and their updates.

    `params` are what a gradient trains; `variables` holds the running statistics too.
    """

    def __init__(self, training=False, share=None):
        self.training, self.share = training, share
        self.variables, self.params, self.updates = [], [], OrderedDict()

    def variable(self, value, trainable=True):
        """A new variable, or the one in this place of what is shared."""
        if self.share:
            variable = self.share.variables[len(self.variables)]
        else:
            variable = theano.shared(np.asarray(value, dtype=theano.config.floatX))
        self.variables.append(variable)
        if trainable:
            self.params.append(variable)
        return variable

    def weight(self, *shape, fan_in):
        return self.variable(np.random.normal(0, (2 / fan_in) ** 0.5, shape))

    def constant(self, size, value=0.0, trainable=True):
        return self.variable(np.full(size, value), trainable)
