DTYPE = tf.float32  # of the variables; set it to tf.float64 before building for double precision
