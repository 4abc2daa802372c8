"""Layers: what a graph grows in the forms that passes look for."""
import numpy as np

from grower import Grower
from values import normal


class Layers(Grower):
    def convolve(self):
        picked = self.any(4)
        if not picked or 0 in picked[1]:  # onnxruntime never returns from a convolution without channels
            return
        (x, (n, c, h, w)) = picked
        group = c if self.case.chance(0.2) else 1
        out = c * self.case.between(1, 2) if group > 1 else self.case.pick((4, 8, 16, 5))
        k = self.case.pick((1, 3)) if min(h, w) >= 2 else 1
        stride = self.case.pick((1, 1, 2))
        operands = [x, self.weight(out, c // group, k, k, scale=0.5 / k)] + ([self.weight(out)] if self.case.chance(0.5) else [])
        y = self.case.node("Conv", operands, kernel_shape=[k, k], strides=[stride, stride], pads=[k // 2] * 4, group=group)
        if self.case.chance(0.4):
            y = self.case.node("BatchNormalization", [y, self.weight(out), self.weight(out), self.weight(out),
                                                      self.case.feed(np.abs(normal(self.case, [out])) + np.float32(0.5), True)])
        if self.case.chance(0.5):
            y = self.case.node("Relu", [y])
        self.add(y, [n, out, (h - 1) // stride + 1, (w - 1) // stride + 1])

    def pool(self):
        picked = self.any(4)
        if not picked or 0 in picked[1]:  # the mean of nothing is NaN, which max(0, x) on oneDNN takes for 0
            return
        x, (n, c, h, w) = picked
        if self.case.chance(0.3) or min(h, w) < 2:
            self.add(self.case.node(self.case.pick(("GlobalAveragePool", "GlobalMaxPool")), [x]), [n, c, 1, 1])
        else:
            y = self.case.node(self.case.pick(("MaxPool", "AveragePool")), [x], kernel_shape=[2, 2], strides=[2, 2])
            self.add(y, [n, c, h // 2, w // 2])

    def multiply(self):
        x, shape = self.any()
        if len(shape) < 2:
            return
        out = self.case.between(1, 12)
        y = self.case.node("MatMul", [x, self.weight(shape[-1], out)])
        if self.case.chance(0.6):
            y = self.case.node("Add", [y, self.weight(out)])
        self.add(y, shape[:-1] + [out])

    def attend(self):
        picked = self.any(3)
        if not picked or 0 in picked[1]:
            return
        x, (n, s, e) = picked
        heads, size = self.case.pick((1, 2)), self.case.pick((4, 8))
        width, parts = heads * size, []
        for perm in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]):
            p = self.case.node("Add", [self.case.node("MatMul", [x, self.weight(e, width)]), self.weight(width)])
            p = self.case.node("Reshape", [p, self.case.ints([0, 0, heads, size], True)])
            parts.append(self.case.node("Transpose", [p], perm=perm))
        scores = self.case.node("Div", [self.case.node("MatMul", parts[:2]), self.case.feed(np.float32(size ** 0.5), True)])
        y = self.case.node("MatMul", [self.case.node("Softmax", [scores], axis=-1), parts[2]])
        y = self.case.node("Reshape", [self.case.node("Transpose", [y], perm=[0, 2, 1, 3]), self.case.ints([0, 0, width], True)])
        self.add(y, [n, s, width])

    def normalise(self):
        x, shape = self.any()
        if len(shape) < 2 or shape[-1] < 2:
            return
        d = shape[-1]
        if self.case.chance(0.4):
            y = self.case.node("LayerNormalization", [x, self.weight(d), self.weight(d)], axis=-1, epsilon=1e-3)
        elif self.case.chance(0.3):
            y = self.case.node("Softmax", [x], axis=self.case.axis(len(shape)))
        else:
            mean = self.case.node("ReduceMean", [x, self.case.ints([-1], True)])
            centred = self.case.node("Sub", [x, mean])
            power = self.case.node("Pow", [centred, self.case.feed(np.float32(2), True)])
            variance = self.case.node("ReduceMean", [power, self.case.ints([-1], True)])
            root = self.case.node("Sqrt", [self.case.node("Add", [variance, self.case.feed(np.float32(1e-3), True)])])
            y = self.case.node("Add", [self.case.node("Mul", [self.case.node("Div", [centred, root]), self.weight(d)]), self.weight(d)])
        self.add(y, shape)
