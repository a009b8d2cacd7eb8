erf = np.vectorize(math.erf, otypes=[float])
