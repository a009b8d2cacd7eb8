# hexapla: the hash of the lines below is 6ddd6359006e11fe; an edited file is not overwritten
# net.arch in Beta 2.0
import beta

def unit(x):
    main = beta.conv(x, x.shape[-1], (3, 3))
    main = beta.relu(main)
    return x + main


def Net(image, classes=10):
    x = beta.conv(image, 8, (3, 3))  # the stem
    x = beta.relu(x)
    x = unit(x)
    scores = beta.mean(x)
    return beta.dense(scores, classes)
