random_streams = MRG_RandomStreams(seed=1)
