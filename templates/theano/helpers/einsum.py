def einsum(equation, *operands):
    """Sums of products over the indices of an equation, which leaves the batch out."""
    entering, leaving = equation.split("->")
    (term, *terms), (x, *others) = entering.split(","), operands
    while others:
        (other, *terms), (y, *others) = terms, others
        later = leaving + "".join(terms)
        both = [i for i in term if i in other and i in later]
        summed = [i for i in term if i in other and i not in later]
        left = [i for i in term if i not in other]
        right = [i for i in other if i not in term]
        size = dict(zip(term, list(x.shape)[1:], strict=True))
        size.update(zip(other, list(y.shape)[1:], strict=True))
        x = x.dimshuffle(0, *(term.index(i) + 1 for i in both + left + summed))
        y = y.dimshuffle(0, *(other.index(i) + 1 for i in both + summed + right))
        batch = [x.shape[0], *(size[i] for i in both)]
        rows, inner, columns = (
            T.prod([1, *(size[i] for i in part)]) for part in (left, summed, right)
        )
        product = batched_dot(x.reshape((-1, rows, inner)), y.reshape((-1, inner, columns)))
        x = product.reshape([*batch, *(size[i] for i in left + right)])
        term = both + left + right
    x = x.sum(axis=[term.index(i) + 1 for i in term if i not in leaving])
    term = [i for i in term if i in leaving]
    return x.dimshuffle(0, *(term.index(i) + 1 for i in leaving))
