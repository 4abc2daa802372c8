"""Quantised models in little: QDQ graphs round convolutions and products, QOperator forms, dynamic quantisation, scales by tensor or by channel."""
import ml_dtypes
import numpy as np
from onnx import TensorProto

from products import window
from quantized_parts import KINDS, activate, channel_grid, finish, grid, quantize_dequantize, weight
from values import narrow, normal, whole_range

def qdq_conv(case):
    size, attributes = window(case, case.pick((1, 2, 2, 3)))
    group, cin, cout = case.pick((1, 1, 2)), case.pick((1, 3, 4, 8)), case.pick((1, 4, 8, 16))
    if case.chance(0.3):
        group, cin, cout = case.pick((4, 8, 16)), 1, 1
    x = quantize_dequantize(case, case.feed(normal(case, [case.between(1, 2), cin * group] + size), constant=False), case.pick(KINDS))
    w = weight(case, [cout * group, cin] + attributes["kernel_shape"], 0)
    operands = [x, w] + ([case.feed(normal(case, [cout * group]), True)] if case.chance(0.5) else [])
    finish(case, activate(case, case.node("Conv", operands, group=group, **attributes)))


def qdq_matmul(case):
    m, k, n = (case.between(1, 40) for _ in range(3))
    x = quantize_dequantize(case, case.feed(normal(case, [2, m, k] if case.chance(0.4) else [m, k]), constant=False), case.pick(KINDS))
    if case.chance(0.3) and len(case.feeds[case.inputs[0].name].shape) == 2:
        transposed = case.between(0, 1)
        w = weight(case, [n, k] if transposed else [k, n], 0 if transposed else 1)
        y = case.node("Gemm", [x, w] + ([case.feed(normal(case, [n]), True)] if case.chance(0.6) else []), transB=transposed)
    else:
        y = case.node("MatMul", [x, weight(case, [k, n], 1)])
        y = case.node("Add", [y, case.feed(normal(case, [n]), True)]) if case.chance(0.5) else y
    finish(case, activate(case, y))


def qdq_elementwise(case):
    """What runs on bytes between two products: additions, pools, joins, movement."""
    shape = [1, case.pick((3, 8)), case.between(2, 6), case.between(2, 6)]
    dtype = case.pick(KINDS)
    a, b = (quantize_dequantize(case, case.feed(normal(case, shape), constant=False), dtype) for _ in range(2))
    op = case.pick(("Add", "Mul", "Concat", "MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "Transpose", "Relu", "Softmax"))
    if op in ("Add", "Mul"):
        y = case.node(op, [a, b])
    elif op == "Concat":
        y = case.node(op, [a, b], axis=1)
    elif op.endswith("Pool"):
        y = case.node(op, [a], **({} if op.startswith("Global") else {"kernel_shape": [2, 2]}))
    elif op == "Resize":
        y = case.node(op, [a, "", case.feed(np.array([1, 1, 2, 2], np.float32), True)], mode="nearest")
    else:
        y = case.node(op, [a])
    parts = grid(case, dtype, 0.02, 0.1)
    case.steps = 1
    case.result(case.node("QuantizeLinear", [y] + parts), dtype)


def qlinear_conv(case):
    size, attributes = window(case, case.pick((1, 2, 2, 3)))
    group, cin, cout = case.pick((1, 1, 2, 4)), case.pick((1, 3, 8)), case.pick((1, 4, 8))
    a, w = case.pick(KINDS), case.pick(KINDS)
    parts, _ = channel_grid(case, cout * group, w)
    x = [case.feed(whole_range(case, [case.between(1, 2), cin * group] + size, a))] + grid(case, a)
    x += [case.feed(narrow(case, [cout * group, cin] + attributes["kernel_shape"], w), case.chance(0.8))] + parts + grid(case, a, 0.05, 0.3)
    x += [case.feed(case.rng.integers(-2000, 2000, [cout * group]).astype(np.int32), True)] if case.chance(0.5) else []
    case.steps = 1
    case.result(case.node("QLinearConv", x, group=group, **attributes), a)


def qlinear_matmul(case):
    m, k, n = (case.between(1, 40) for _ in range(3))
    a, b = case.pick(KINDS), case.pick(KINDS)
    batch = [2] if case.chance(0.3) else []
    parts, _ = channel_grid(case, n, b)
    x = [case.feed(whole_range(case, batch + [m, k], a))] + grid(case, a) + [case.feed(narrow(case, [k, n], b), case.chance(0.8))] + parts + grid(case, a, 0.05, 0.3)
    case.steps = 1
    case.result(case.node("QLinearMatMul", x), a)


def dynamic(case):
    """As onnxruntime's tool makes it of MatMul and Conv: DynamicQuantizeLinear, an integer product, a Cast and two scales."""
    conv = case.chance(0.4)
    if conv:
        size, attributes = window(case, case.pick((1, 2, 2, 3)))
        x, shape = normal(case, [1, 4] + size), [6, 4] + attributes["kernel_shape"]
    else:
        k, n = case.between(1, 40), case.between(1, 20)
        x, shape, attributes = normal(case, [case.between(1, 9), k]), [k, n], {}
    dtype = np.uint8 if conv else case.pick(KINDS)
    q, scale, zero = case.node("DynamicQuantizeLinear", [case.feed(x, False)], 3)
    parts = grid(case, dtype, 0.002, 0.02)
    y = case.node("ConvInteger" if conv else "MatMulInteger", [q, case.feed(narrow(case, shape, dtype), True), zero, parts[1]], **attributes)
    y = case.node("Mul", [case.node("Cast", [y], to=TensorProto.FLOAT), case.node("Mul", [scale, parts[0]])])
    bias = normal(case, [1, 6] + [1] * len(size) if conv else [shape[-1]])
    y = case.node("Add", [y, case.feed(bias, True)]) if case.chance(0.6) else y
    case.looseness = 100
    case.result(y, np.float32)


def integers(case):
    m, k, n = (case.between(1, 40) for _ in range(3))
    a, b = case.pick(KINDS), case.pick(KINDS)
    if case.chance(0.5):
        rows, columns = case.chance(0.3), case.chance(0.4)
        zeros = [case.feed(case.rng.integers(0, 100, [m] if rows else []).astype(a)), case.feed(case.rng.integers(0, 9, [n] if columns else []).astype(b))]
        operands = [case.feed(whole_range(case, [m, k], a)), case.feed(narrow(case, [k, n], b), case.chance(0.8))]
        return case.result(case.node("MatMulInteger", operands + zeros[:case.between(0, 2)]), np.int32)
    size, attributes = window(case, 2)
    operands = [case.feed(whole_range(case, [1, 4] + size, np.uint8)), case.feed(whole_range(case, [6, 4] + attributes["kernel_shape"], np.uint8))]
    operands += [case.feed(np.array(case.between(0, 200), np.uint8))] + ([case.feed(np.array(case.between(0, 200), np.uint8))] if case.chance(0.5) else [])
    return case.result(case.node("ConvInteger", operands, **attributes), np.int32)


def four_bits(case):
    """A weight in 4-bit blocks, as weight-only quantisation leaves it."""
    case.opset, case.looseness = max(case.opset, 21), 50
    block, k, n = case.pick((16, 32)), case.pick((32, 64)), case.between(1, 20)
    dtype = case.pick((ml_dtypes.int4, ml_dtypes.uint4))
    low = -8 if dtype is ml_dtypes.int4 else 0
    w = case.feed(case.rng.integers(low, low + 16, [k, n]).astype(dtype), True)
    scale = case.feed(case.rng.uniform(0.01, 0.1, [k // block, n]).astype(np.float32), True)
    zeros = [case.feed(case.rng.integers(low, low + 16, [k // block, n]).astype(dtype), True)] if case.chance(0.5) else []
    w = case.node("DequantizeLinear", [w, scale] + zeros, axis=0, block_size=block)
    case.result(case.node("MatMul", [case.feed(normal(case, [case.between(1, 9), k]), False), w]), np.float32)


GENERATORS = (qdq_conv, qdq_conv, qdq_matmul, qdq_matmul, qdq_elementwise, qlinear_conv, qlinear_matmul, dynamic, integers, four_bits)
