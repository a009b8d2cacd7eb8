def scan(body, sequences, states=(), constants=()):
    """Applies `body` to one step after the other, in a loop that tf.function keeps in the graph.

    Gives what is new in each step, stacked, and the last states.
    """

    def step(before, elements):
        return tf.nest.flatten(body(*elements, *constants, *before[len(before) - len(states) :]))

    sequences = [tf.einsum("bt...->tb...", sequence) for sequence in sequences]
    first = step(list(states), [sequence[0] for sequence in sequences])
    rest = tf.scan(step, [sequence[1:] for sequence in sequences], first)
    values = [tf.concat([one[None], others], 0) for one, others in zip(first, rest, strict=True)]
    new = len(first) - len(states)
    stacked = [tf.einsum("tb...->bt...", value) for value in values[:new]]
    return (*stacked, *(value[-1] for value in values[new:]))
