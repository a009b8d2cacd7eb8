# changed.arch in Alpha 1.0
import alpha

def Changed(image):
    x = alpha.conv(image, 8, (3, 3))
    x = alpha.relu(x)
    x = alpha.max_pool(x, (2, 2))
    scores = alpha.mean(x)
    return alpha.dense(scores, 10)
