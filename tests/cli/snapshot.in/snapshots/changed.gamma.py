# changed.arch in Alpha 0.9
import alpha

def Changed(image):
    x = alpha.conv(image, 16, (3, 3))
    x = alpha.relu(x)
    x = alpha.max_pool(x, (2, 2))
    scores = alpha.mean(x)
    return alpha.dense(scores, 10)
