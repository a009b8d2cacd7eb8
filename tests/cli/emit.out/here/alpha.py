# hexapla: the hash of the lines below is 0122721ef9edac52; an edited file is not overwritten
# net.arch in Alpha 1.0
import alpha

def unit(x):
    main = alpha.conv(x, x.shape[1], (3, 3))
    main = alpha.relu(main)
    return x + main


def Net(image, classes=10):
    x = alpha.conv(image, 8, (3, 3))  # the stem
    x = alpha.relu(x)
    x = unit(x)
    scores = alpha.mean(x)
    return alpha.dense(scores, classes)
