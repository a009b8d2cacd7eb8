def shared(net):
    """Lets all calls of a function use the variables of its first call."""

    def decorate(function):
        first = Network()

        def call(*tensors):
            start = len(net.variables)
            if not first.variables:
                y = function(*tensors)
                first.variables = net.variables[start:]
                return y
            outer = net.share, net.variables, net.params
            net.share, net.variables, net.params = first, [], []
            y = function(*tensors)
            net.share, net.variables, net.params = outer
            if net.share and net.share.variables[start : start + 1] == first.variables[:1]:
                net.variables += first.variables  # They are among those of a function around it.
            return y

        return call

    return decorate
