"""Operators that combine the elements along axes."""
import numpy as np

from values import any_values, normal


def reduce(case):
    op = case.pick(("Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"))
    dtype = case.pick((np.float32, np.float64) if op.startswith("L") or op == "Mean" else (np.float32, np.float64, np.int32, np.int64))
    shape = [max(d, 1) for d in case.shape(0, 4)]  # of empty tensors onnxruntime gets the shape wrong
    x = any_values(case, shape, dtype) if op in ("Max", "Min") and np.dtype(dtype).kind != "f" else normal(case, shape, dtype, 0.7)
    if op == "LogSum":
        x = np.abs(x)
    axes = [int(a) for a in case.rng.permutation(len(shape))[:case.between(0, len(shape))]]
    operands = [case.feed(x)] + ([case.ints([a if case.chance(0.6) else a - len(shape) for a in axes])] if axes or case.chance(0.3) else [])
    case.looseness = 10
    flags = {"keepdims": case.between(0, 1), "noop_with_empty_axes": case.between(0, 1) if case.chance(0.3) else None}
    case.result(case.node("Reduce" + op, operands, **flags), dtype)


def softmaxes(case):
    shape = [max(d, 1) for d in case.shape(1, 4)]
    dtype = case.pick((np.float32, np.float32, np.float64))
    case.looseness = 5
    op = case.pick(("Softmax", "LogSoftmax"))
    case.result(case.node(op, [case.feed(normal(case, shape, dtype, case.pick((1.0, 30.0))))], axis=case.axis(len(shape))), dtype)


def arg(case):
    shape = [max(d, 1) for d in case.shape(1, 4)]
    x = normal(case, shape, case.pick((np.float32, np.float64, np.int32)))
    flags = {"axis": case.axis(len(shape)), "keepdims": case.between(0, 1), "select_last_index": case.between(0, 1)}
    case.result(case.node(case.pick(("ArgMax", "ArgMin")), [case.feed(x)], **flags), np.int64)


def top_k(case):
    shape = [max(d, 1) for d in case.shape(1, 3)]
    axis = case.axis(len(shape))
    dtype = case.pick((np.float32, np.float64, np.int64))
    x = case.rng.permutation(int(np.prod(shape))).reshape(shape).astype(dtype)  # no equal ones: their order is open
    operands = [case.feed(x), case.ints([case.between(0, shape[axis])])]
    values, indices = case.node("TopK", operands, outputs=2, axis=axis, largest=case.between(0, 1), sorted=1)
    case.result(values, dtype)
    case.result(indices, np.int64)


def cumulative(case):
    shape = [max(d, 1) for d in case.shape(1, 3)]
    dtype = case.pick((np.float32, np.float64, np.int32, np.int64))
    operands = [case.feed(normal(case, shape, dtype)), case.feed(np.array(case.axis(len(shape)), np.int64))]
    case.looseness = 10
    case.result(case.node("CumSum", operands, exclusive=case.between(0, 1), reverse=case.between(0, 1)), dtype)


def normalisations(case):
    op = case.pick(("LayerNormalization", "InstanceNormalization", "BatchNormalization", "GroupNormalization", "LRN", "LpNormalization", "MeanVarianceNormalization"))
    n, c = case.between(1, 3), case.between(1, 8)
    shape = [n, c] + [case.between(1, 6) for _ in range(case.between(1, 2))]
    case.looseness = 50
    scale, bias = normal(case, [c]), normal(case, [c])
    if op == "LayerNormalization":
        axis = case.between(1, len(shape) - 1)
        x = case.feed(normal(case, shape, np.float32, 2.0))
        operands = [x, case.feed(normal(case, shape[axis:]))] + ([case.feed(normal(case, shape[axis:]))] if case.chance(0.7) else [])
        y = case.node(op, operands, axis=case.pick((axis, axis - len(shape))), epsilon=case.pick((1e-5, 1e-3)))
    elif op == "InstanceNormalization":
        y = case.node(op, [case.feed(normal(case, shape)), case.feed(scale), case.feed(bias)], epsilon=1e-3)
    elif op == "BatchNormalization":
        operands = [normal(case, shape), scale, bias, normal(case, [c]), np.abs(normal(case, [c])) + np.float32(0.1)]
        y = case.node(op, [case.feed(v) for v in operands])
    elif op == "GroupNormalization":
        case.opset, groups = max(case.opset, 21), case.pick([g for g in (1, 2, 4, c) if c % g == 0])
        y = case.node(op, [case.feed(normal(case, shape)), case.feed(scale), case.feed(bias)], num_groups=groups, epsilon=1e-3)
    elif op == "LRN":
        y = case.node(op, [case.feed(normal(case, (shape + [3])[:4]))], size=case.pick((1, 3, 5)))
    elif op == "LpNormalization":
        y = case.node(op, [case.feed(normal(case, shape) + np.float32(0.1))], axis=case.axis(len(shape)), p=case.between(1, 2))
    else:
        y = case.node(op, [case.feed(normal(case, (shape + [3])[:4]))], axes=[0, 2, 3])
    case.result(y, np.float32)


GENERATORS = (reduce, reduce, reduce, softmaxes, arg, top_k, cumulative, normalisations, normalisations)
