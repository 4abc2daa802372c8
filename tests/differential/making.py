"""Operators that make tensors out of numbers, and those that pick elements by their values."""
import numpy as np

from values import normal


def made(case):
    op = case.pick(("Range", "ConstantOfShape", "EyeLike", "OneHot", "Trilu", "NonZero", "Compress", "Unique"))
    if op == "Range":
        dtype = case.pick((np.int64, np.int32, np.float32))
        numbers = [case.between(-5, 5), case.between(-9, 20), case.pick((1, 2, -1, 3))]
        case.result(case.node(op, [case.feed(np.array(v, dtype)) for v in numbers]), dtype)
    elif op == "ConstantOfShape":
        case.result(case.node(op, [case.ints(case.shape(0, 3))]), np.float32)
    elif op == "EyeLike":
        case.result(case.node(op, [case.feed(normal(case, [case.size(), case.size()]))], k=case.between(-3, 3)), np.float32)
    elif op == "OneHot":
        depth = case.between(1, 6)
        indices = case.rng.integers(-depth - 1, depth + 2, case.shape(0, 3)).astype(np.int64)
        operands = [case.feed(indices), case.feed(np.array(depth, np.int64), True), case.feed(normal(case, [2]))]
        case.result(case.node(op, operands, axis=case.axis(indices.ndim + 1)), np.float32)
    elif op == "Trilu":
        x, dtype = case.feed(normal(case, case.shape(2, 4), np.float32)), np.float32
        case.result(case.node(op, [x, case.feed(np.array(case.between(-3, 3), np.int64))], upper=case.between(0, 1)), dtype)
    elif op == "NonZero":
        case.result(case.node(op, [case.feed(normal(case, case.shape(1, 4), case.pick((np.bool_, np.int64, np.float32))))]), np.int64)
    elif op == "Compress":
        shape = [max(d, 1) for d in case.shape(1, 3)]
        axis = case.between(0, len(shape) - 1)
        case.result(case.node(op, [case.feed(normal(case, shape)), case.feed(normal(case, [shape[axis]], np.bool_))], axis=axis), np.float32)
    else:
        values = normal(case, [case.between(1, 30)], case.pick((np.int64, np.float32)))
        for name, dtype in zip(case.node(op, [case.feed(np.round(values))], outputs=4, sorted=case.between(0, 1)), (values.dtype, np.int64, np.int64, np.int64)):
            case.result(name, dtype)
