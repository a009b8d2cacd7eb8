def shared(name):
    """Lets all calls of a function use the variables of its first, one call after the other."""

    def decorate(function):
        template, last = tf.make_template(name, function), []

        def call(*tensors):
            with tf.control_dependencies(last):
                outputs = template(*(tf.identity(x) for x in tensors))
            last[:] = outputs if isinstance(outputs, tuple) else [outputs]
            return outputs

        return call

    return decorate
