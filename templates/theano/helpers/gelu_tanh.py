def gelu_tanh(x):
    return 0.5 * x * (1 + T.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))
