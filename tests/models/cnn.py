"""Convolutional networks in their published architectures, as PyTorch's exporter writes them with batch normalisation kept."""
import numpy as np

from builder import FLOAT, Builder


def conv(b, x, cin, cout, k, stride=1, pad=None, group=1, bias=False):
    pad = k // 2 if pad is None else pad
    w = b.weight(b.normal(cout, cin // group, k, k, scale=(2.0 / (cin // group * k * k)) ** 0.5))
    inputs = [x, w] + ([b.weight(b.normal(cout, scale=0.01))] if bias else [])
    return b.op("Conv", *inputs, dilations=[1, 1], group=group, kernel_shape=[k, k], pads=[pad] * 4, strides=[stride, stride])


def norm(b, x, c, gain=1.0):
    scale = (gain * (1 + 0.1 * b.normal(c))).astype(np.float32)
    variance = (1 + 0.1 * np.abs(b.normal(c))).astype(np.float32)
    parts = [b.weight(scale), b.weight(b.normal(c, scale=0.1)), b.weight(b.normal(c, scale=0.1)), b.weight(variance)]
    return b.op("BatchNormalization", x, *parts, epsilon=1e-5, momentum=0.9)


def linear(b, x, cin, cout):
    return b.op("Gemm", x, b.weight(b.normal(cout, cin, scale=cin ** -0.5)), b.weight(b.normal(cout, scale=0.1)), alpha=1.0, beta=1.0, transB=1)


def start(name, seed, opset=17, channels=3, size=224):
    b = Builder(name, opset, seed)
    return b, b.input("input", FLOAT, ["batch", channels, size, size])


def finish(b, x, classes, path):
    b.output(x, "logits", FLOAT, ["batch", classes])
    b.save(path)


def resnet50(path, seed=50):
    """ResNet50 v1.5 (arXiv 1512.03385; the stride is on the 3x3 convolution)."""
    b, x = start("resnet50", seed)
    x = b.op("Relu", norm(b, conv(b, x, 3, 64, 7, 2), 64))
    x = b.op("MaxPool", x, ceil_mode=0, dilations=[1, 1], kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2])
    cin = 64
    for stage, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            y = b.op("Relu", norm(b, conv(b, x, cin, width, 1), width))
            y = b.op("Relu", norm(b, conv(b, y, width, width, 3, stride), width))
            y = norm(b, conv(b, y, width, width * 4, 1), width * 4, gain=0.3)
            skip = norm(b, conv(b, x, cin, width * 4, 1, stride), width * 4) if block == 0 else x
            x = b.op("Relu", b.op("Add", y, skip))
            cin = width * 4
    x = b.op("Flatten", b.op("GlobalAveragePool", x), axis=1)
    finish(b, linear(b, x, 2048, 1000), 1000, path)


def densenet121(path, seed=121):
    """DenseNet-121 (arXiv 1608.06993)."""
    b, x = start("densenet121", seed)
    x = b.op("Relu", norm(b, conv(b, x, 3, 64, 7, 2), 64))
    x = b.op("MaxPool", x, kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2])
    c = 64
    for stage, layers in enumerate([6, 12, 24, 16]):
        for _ in range(layers):
            y = conv(b, b.op("Relu", norm(b, x, c)), c, 128, 1)
            y = conv(b, b.op("Relu", norm(b, y, 128)), 128, 32, 3)
            x = b.op("Concat", x, y, axis=1)
            c += 32
        if stage < 3:
            x = conv(b, b.op("Relu", norm(b, x, c)), c, c // 2, 1)
            x = b.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
            c //= 2
    x = b.op("Relu", norm(b, x, c))
    x = b.op("Flatten", b.op("GlobalAveragePool", x), axis=1)
    finish(b, linear(b, x, c, 1000), 1000, path)


def mobilenet_v2(path, seed=2):
    """MobileNetV2 1.0 (arXiv 1801.04381)."""
    b, x = start("mobilenet_v2", seed)

    def relu6(y):
        return b.op("Clip", y, b.f(0), b.f(6))

    x = relu6(norm(b, conv(b, x, 3, 32, 3, 2), 32))
    cin = 32
    for t, c, n, s in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
        for i in range(n):
            stride, hidden, y = (s if i == 0 else 1), cin * t, x
            if t != 1:
                y = relu6(norm(b, conv(b, y, cin, hidden, 1), hidden))
            y = relu6(norm(b, conv(b, y, hidden, hidden, 3, stride, group=hidden), hidden))
            y = norm(b, conv(b, y, hidden, c, 1), c)
            x = b.op("Add", x, y) if stride == 1 and cin == c else y
            cin = c
    x = relu6(norm(b, conv(b, x, cin, 1280, 1), 1280))
    x = b.op("Flatten", b.op("GlobalAveragePool", x), axis=1)
    finish(b, linear(b, x, 1280, 1000), 1000, path)


def vgg16(path, seed=16):
    """VGG16 (arXiv 1409.1556, configuration D)."""
    b, x = start("vgg16", seed)
    cin = 3
    for width, count in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(count):
            x = b.op("Relu", conv(b, x, cin, width, 3, bias=True))
            cin = width
        x = b.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = b.op("Flatten", b.op("AveragePool", x, kernel_shape=[1, 1], strides=[1, 1]), axis=1)
    x = b.op("Relu", linear(b, x, 512 * 7 * 7, 4096))
    x = b.op("Relu", linear(b, x, 4096, 4096))
    finish(b, linear(b, x, 4096, 1000), 1000, path)


def cifar10(path, seed=10):
    """The usual small CIFAR-10 network: two blocks of two convolutions, then two linear layers."""
    b, x = start("cifar10_cnn", seed, size=32)
    cin = 3
    for width in (32, 64):
        for _ in range(2):
            x = b.op("Relu", conv(b, x, cin, width, 3, bias=True))
            cin = width
        x = b.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = b.op("Relu", linear(b, b.op("Flatten", x, axis=1), 64 * 8 * 8, 512))
    finish(b, linear(b, x, 512, 10), 10, path)


def mnist(path, seed=28):
    """PyTorch's MNIST example: two convolutions without padding, two linear layers, log-softmax."""
    b, x = start("mnist_cnn", seed, channels=1, size=28)
    x = b.op("Relu", conv(b, x, 1, 32, 3, pad=0, bias=True))
    x = b.op("Relu", conv(b, x, 32, 64, 3, pad=0, bias=True))
    x = b.op("Flatten", b.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), axis=1)
    x = linear(b, b.op("Relu", linear(b, x, 9216, 128)), 128, 10)
    finish(b, b.op("LogSoftmax", x, axis=1), 10, path)
