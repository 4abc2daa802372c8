"""com.microsoft's operators on 8-bit tensors: each input and the result with a scale and a zero point. A result may be a step away where it falls on a tie."""
import numpy as np

from values import broadcast_pair, normal, whole_range

MS = "com.microsoft"


def grid(case, dtype, scale=None):
    """A scale and a zero point: feeds of both."""
    zero = case.between(0, 255) if dtype == np.uint8 else case.between(-128, 127)
    return [case.feed(np.array(scale or case.rng.uniform(0.01, 0.2), np.float32)), case.feed(np.array(zero, dtype))]


def kind(case):
    case.steps = 1
    return case.pick((np.uint8, np.int8))


def binary(case):
    dtype = kind(case)
    x = [[case.feed(whole_range(case, shape, dtype))] + grid(case, dtype) for shape in broadcast_pair(case)]
    op = case.pick(("QLinearAdd", "QLinearMul"))
    case.result(case.node(op, x[0] + x[1] + grid(case, dtype), domain=MS), dtype)


def where(case):
    dtype = kind(case)
    a, b = broadcast_pair(case)
    x = [[case.feed(whole_range(case, shape, dtype))] + grid(case, dtype) for shape in (a, b)]
    case.result(case.node("QLinearWhere", [case.feed(normal(case, case.pick((a, b)), np.bool_))] + x[0] + x[1] + grid(case, dtype), domain=MS), dtype)


def activations(case):
    dtype = kind(case)
    op = case.pick(("QLinearSigmoid", "QLinearLeakyRelu"))
    x = [case.feed(whole_range(case, case.shape(0, 3), dtype))] + grid(case, dtype)
    out = grid(case, dtype, 1 / 256 if op == "QLinearSigmoid" else None)
    case.result(case.node(op, x + out, domain=MS, alpha=case.pick((None, 0.1, 0.5)) if op == "QLinearLeakyRelu" else None), dtype)


def softmax(case):
    dtype = kind(case)
    shape = [max(d, 2) for d in case.shape(1, 3)]  # of one element the result is 256 steps, which onnxruntime wraps to 0
    zero = np.array(0 if dtype == np.uint8 else -128, dtype)
    x = [case.feed(whole_range(case, shape, dtype)), case.feed(np.array(case.rng.uniform(0.01, 0.1), np.float32)), case.feed(np.array(case.between(0, 99), dtype)),
         case.feed(np.array(1 / 256, np.float32), True), case.feed(zero, True)]
    opset = case.pick((12, 13))
    axis = case.axis(len(shape))
    case.result(case.node("QLinearSoftmax", x, domain=MS, axis=axis, opset=opset), dtype)


def reduce_mean(case):
    dtype = kind(case)
    shape = [max(d, 1) for d in case.shape(1, 4)]
    axes = [int(a) for a in case.rng.permutation(len(shape))[:case.between(1, len(shape))]]
    x = [case.feed(whole_range(case, shape, dtype))] + grid(case, dtype) + grid(case, dtype)
    case.result(case.node("QLinearReduceMean", x, domain=MS, axes=axes, keepdims=case.between(0, 1)), dtype)


def concat(case):
    dtype = kind(case)
    shape = case.shape(1, 4)
    axis, parts = case.axis(len(shape)), []
    for _ in range(case.between(1, 3)):
        part = list(shape)
        part[axis] = case.size()
        parts += [case.feed(whole_range(case, part, dtype))] + grid(case, dtype)
    case.result(case.node("QLinearConcat", grid(case, dtype) + parts, domain=MS, axis=axis), dtype)


def pools(case):
    dtype = kind(case)
    n, c, h, w = case.between(1, 2), case.pick((1, 3, 8)), case.between(3, 8), case.between(3, 8)
    last = case.between(0, 1)
    x = [case.feed(whole_range(case, [n, h, w, c] if last else [n, c, h, w], dtype))] + grid(case, dtype) + grid(case, dtype)
    if case.chance(0.4):
        case.result(case.node("QLinearGlobalAveragePool", x, domain=MS, channels_last=last), dtype)
        return
    kernel = [case.between(1, 3), case.between(1, 3)]
    flags = {"kernel_shape": kernel, "strides": [case.between(1, 2) for _ in kernel], "pads": [case.between(0, k - 1) for k in kernel + kernel],
             **case.pick(({"count_include_pad": 1}, {"ceil_mode": 1}, {})), "channels_last": last}  # of both, onnxruntime counts what lies behind the padding, too
    case.result(case.node("QLinearAveragePool", x, domain=MS, **flags), dtype)


def quantize(case):
    dtype = case.pick((np.uint8, np.int8, np.uint16, np.int16))
    shape = [max(d, 1) for d in case.shape(1, 3)]
    axis, by_axis = case.axis(len(shape)), case.chance(0.4)
    size = [shape[axis]] if by_axis else []
    scale, zero = case.rng.uniform(0.01, 0.2, size).astype(np.float32), case.rng.integers(0, 9, size).astype(dtype)
    flags = {"axis": axis} if by_axis else {}
    if case.chance(0.5):
        case.steps = 1
        x = [case.feed(normal(case, shape, scale=5.0)), case.feed(scale), case.feed(zero)]
        case.result(case.node("QuantizeLinear", x, domain=MS, **flags), dtype)
    else:
        x = [case.feed(whole_range(case, shape, dtype)), case.feed(scale), case.feed(zero)]
        case.result(case.node("DequantizeLinear", x, domain=MS, **flags), np.float32)


GENERATORS = (binary, binary, where, activations, softmax, reduce_mean, concat, pools, pools, quantize)
