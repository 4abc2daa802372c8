"""Grower: a random graph of chains and joins, node by node."""
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
