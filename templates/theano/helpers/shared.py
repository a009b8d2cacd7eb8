def shared(net):
    """Lets all calls of a function use the variables of its first call."""

    def decorate(function):
        own = []

        def call(x):
            start = len(net.drawn)
            if not own:
                y = function(x)
                own.extend(net.drawn[start:])
                return y
            outer, net.replayed = net.replayed, iter(own)
            y = function(x)
            net.replayed = outer
            del net.drawn[start:]
            return y

        return call

    return decorate
