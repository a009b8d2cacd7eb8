def capsule_votes(x, capsules, width):
    """What each capsule says of each capsule of the next layer: a matrix for each pair."""
    with tf.variable_scope(None, "CapsuleVotes"):
        shape = [x.shape[1].value, capsules, x.shape[2].value, width]
        kernel = tflearn.variable("W", shape, initializer="truncated_normal")
        return tf.einsum("bnd,njde->bjne", x, kernel)
