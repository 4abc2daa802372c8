"""Random graphs: chains and joins of the operators that real models are made of, in the forms that passes look for."""
import numpy as np

from values import normal


class Grower:
    """Holds the float values made so far, with their shapes, and adds nodes to them."""

    def __init__(self, case):
        self.case = case
        self.values = []
        case.looseness = 100

    def start(self, shape):
        self.values.append((self.case.feed(normal(self.case, shape), constant=False), list(shape)))

    def any(self, rank=None):
        fitting = [v for v in self.values if rank is None or len(v[1]) == rank]
        return self.case.pick(fitting[-4:]) if fitting else None

    def weight(self, *shape, scale=0.4):
        return self.case.feed(normal(self.case, list(shape), scale=scale), constant=True)

    def add(self, name, shape):
        self.values.append((name, list(shape)))

    def activate(self):
        x, shape = self.any()
        op = self.case.pick(("Relu", "Sigmoid", "Tanh", "HardSwish", "LeakyRelu", "Neg", "Abs", "Clip", "Swish", "Gelu", "Identity", "Dropout"))
        if op == "Clip":
            y = self.case.node(op, [x, self.case.feed(np.float32(0), True), self.case.feed(np.float32(6), True)])
        elif op == "Swish":
            y = self.case.node("Mul", [x, self.case.node("Sigmoid", [x])])
        elif op == "Gelu":
            half = self.case.node("Mul", [x, self.case.feed(np.float32(0.5), True)])
            erf = self.case.node("Erf", [self.case.node("Div", [x, self.case.feed(np.float32(2 ** 0.5), True)])])
            y = self.case.node("Mul", [half, self.case.node("Add", [erf, self.case.feed(np.float32(1), True)])])
        else:
            y = self.case.node(op, [x])
        self.add(y, shape)

    def join(self):
        x, shape = self.any()
        op = self.case.pick(("Add", "Add", "Mul", "Sub"))
        same = [v for v in self.values if v[1] == shape and v[0] != x]
        if same and self.case.chance(0.6):
            other = self.case.pick(same)[0]
        else:
            other = self.weight(*[d if self.case.chance(0.5) else 1 for d in shape][self.case.between(0, len(shape)):])
        self.add(self.case.node(op, [x, other] if self.case.chance(0.7) else [other, x]), shape)

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
            y = self.case.node("BatchNormalization", [y, self.weight(out), self.weight(out), self.weight(out), self.case.feed(np.abs(normal(self.case, [out])) + np.float32(0.5), True)])
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

    def move(self):
        x, shape = self.any()
        op = self.case.pick(("Transpose", "Reshape", "Concat", "Slice", "Reduce"))
        if not shape:
            return
        if op == "Transpose":
            perm = [int(i) for i in self.case.rng.permutation(len(shape))]
            self.add(self.case.node(op, [x], perm=perm), [shape[i] for i in perm])
        elif op == "Reshape" and 0 not in shape:
            merged = [shape[0], int(np.prod(shape[1:]))]
            by_shape = self.case.node("Shape", [x]) if self.case.chance(0.3) else None
            if by_shape:  # as exporters flatten: the first size from the tensor itself
                first = self.case.node("Gather", [by_shape, self.case.ints([0], True)])
                target = self.case.node("Concat", [first, self.case.ints([-1], True)], axis=0)
            self.add(self.case.node(op, [x, target if by_shape else self.case.ints([shape[0], -1], True)]), merged)
        elif op == "Concat":
            axis = self.case.between(0, len(shape) - 1)
            self.add(self.case.node(op, [x, x], axis=axis), [d * 2 if i == axis else d for i, d in enumerate(shape)])
        elif op == "Slice":
            axis = self.case.between(0, len(shape) - 1)
            operands = [self.case.ints([v], True) for v in (0, max(shape[axis] - 1, 1), axis)]
            self.add(self.case.node(op, [x] + operands), [min(d, max(d - 1, 1)) if i == axis else d for i, d in enumerate(shape)])
        elif op == "Reduce" and 0 not in shape:
            axis, keep = self.case.between(0, len(shape) - 1), self.case.between(0, 1)
            y = self.case.node(self.case.pick(("ReduceMean", "ReduceSum", "ReduceMax")), [x, self.case.ints([axis], True)], keepdims=keep)
            self.add(y, [1 if i == axis else d for i, d in enumerate(shape) if keep or i != axis])


def grow(case, starts, steps):
    grower = Grower(case)
    for shape in starts:
        grower.start(shape)
    actions = [getattr(grower, a) for a in steps]
    for _ in range(case.between(3, 14)):
        case.pick(actions)()
        if int(np.prod(grower.values[-1][1])) > 200_000:
            break
    read = {name for node in case.nodes for name in node.input}
    for name, _ in grower.values:
        if name not in read and name not in case.feeds:
            case.result(name, np.float32)
    if not case.outputs:
        case.result(grower.values[-1][0] if case.nodes else case.node("Identity", [grower.values[-1][0]]), np.float32)


def convolutional(case):
    shape = [case.between(1, 2), case.pick((3, 4, 8, 16)), case.between(4, 12), case.between(4, 12)]
    grow(case, [shape] * case.between(1, 2), ("convolve", "convolve", "convolve", "activate", "join", "pool", "move"))


def transformer(case):
    shape = [case.between(1, 2), case.between(1, 9), case.pick((4, 8, 16))]
    grow(case, [shape] * case.between(1, 2), ("multiply", "attend", "activate", "join", "normalise", "move"))


def mixed(case):
    shape = [case.size() for _ in range(case.between(1, 4))]
    grow(case, [shape] * case.between(1, 3), ("activate", "join", "multiply", "normalise", "move", "convolve", "pool"))


GENERATORS = (convolutional, transformer, mixed)
