"""Integers of 2 and 4 bits and floats of 4, 8 and 16 bits: casts, quantisation, movement. onnxruntime takes no such tensors from Python: each case begins with a
constant or a Cast from float32 and ends, most of the time, with a Cast back."""
import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

from values import normal, special

FLOAT8 = (ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e4m3fnuz, ml_dtypes.float8_e5m2, ml_dtypes.float8_e5m2fnuz)
HALVES = (np.float16, ml_dtypes.bfloat16)
TINY = (ml_dtypes.int4, ml_dtypes.uint4, ml_dtypes.int2, ml_dtypes.uint2)
BITS = {"int4": (-8, 7), "uint4": (0, 15), "int2": (-2, 1), "uint2": (0, 3)}


def code(dtype):
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def floor_opset(case, dtype):
    """The opset that brought a type."""
    name = np.dtype(dtype).name
    case.opset = max(case.opset, 25 if name in ("int2", "uint2") else 24 if name == "float8_e8m0fnu" else 23 if name == "float4_e2m1fn" else 21 if name in BITS else 19)


def tiny_values(case, shape, dtype):
    low, high = BITS[np.dtype(dtype).name]
    return case.rng.integers(low, high + 1, shape).astype(dtype)


def small(case, shape, dtype):
    """A value of the type out of ordinary numbers."""
    floor_opset(case, dtype)
    name = np.dtype(dtype).name
    values = tiny_values(case, shape, dtype) if name in BITS else normal(case, shape, np.float32, 3.0).astype(dtype)
    if case.chance(0.5):
        return case.feed(values, True if case.chance(0.6) else None)
    return case.node("Cast", [case.feed(values.astype(np.float32))], to=code(dtype))


def finish(case, name, dtype):
    if case.chance(0.8):
        case.result(case.node("Cast", [name], to=TensorProto.FLOAT), np.float32)
    else:
        case.result(name, dtype)


def cast_float8(case):
    """With huge, tiny and special numbers; by saturation or not."""
    dtype, source = case.pick(FLOAT8), np.dtype(case.pick((np.float32, np.float32, np.float16)))
    floor_opset(case, dtype)
    x = special(case, case.shape(), source) if case.chance(0.5) else normal(case, case.shape(), source, case.pick((1.0, 100.0, 1000.0)))
    finish(case, case.node("Cast", [case.feed(x)], to=code(dtype), saturate=case.pick((None, 0, 1))), dtype)


def cast_half(case):
    dtype, source = case.pick(HALVES), np.dtype(case.pick((np.float32, np.float64, np.int32, np.uint8)))
    x = special(case, case.shape(), source) if source.kind == "f" else normal(case, case.shape(), source)
    finish(case, case.node("Cast", [case.feed(x)], to=code(dtype)), dtype)


def cast_tiny(case):
    """From integers, also such as don't fit: their low bits stay; from floats within the range only, for the standard leaves the rest open."""
    dtype = case.pick(TINY)
    floor_opset(case, dtype)
    low, high = BITS[np.dtype(dtype).name]
    source = np.dtype(case.pick((np.float32, np.float16, np.int8, np.uint8, np.int32)))
    if source.kind != "f" and case.chance(0.5):
        low, high = 2 * low, 2 * high
    x = case.rng.integers(0 if source.kind == "u" else low, high + 1, case.shape()).astype(source)
    finish(case, case.node("Cast", [case.feed(x)], to=code(dtype)), dtype)


def cast_float4(case):
    dtype = ml_dtypes.float4_e2m1fn
    floor_opset(case, dtype)
    x = case.rng.uniform(-8, 8, case.shape()).astype(np.float32)
    x = np.round(x * 4) / 4 if case.chance(0.5) else x  # ties, too
    finish(case, case.node("Cast", [case.feed(x)], to=code(dtype)), dtype)


def scales(case, shape, axis, kind):
    """Scale's shape and the attributes, for one scale, one per place of an axis, or one per block."""
    if kind == "tensor":
        return [], {}
    if kind == "axis":
        return [shape[axis]], {"axis": axis if case.chance(0.5) else axis - len(shape)}
    block = case.pick((2, 4))
    shape[axis] = block * case.between(1, 4)
    return [d // block if i == axis else d for i, d in enumerate(shape)], {"axis": axis, "block_size": block}


def quantize(case):
    dtype = np.dtype(case.pick((np.int8, np.uint8, np.int16, np.uint16) + TINY[:2] + TINY + FLOAT8))
    floor_opset(case, dtype)
    case.opset = max(case.opset, 21)
    shape = [case.between(1, 6) for _ in range(case.between(1, 3))]
    axis = case.between(0, len(shape) - 1)
    at, attributes = scales(case, shape, axis, case.pick(("tensor", "axis", "block")))
    source = case.pick((np.float32, np.float32, np.float16))
    scale = case.rng.uniform(0.05, 0.4, at).astype(source)
    is_float = dtype.name.startswith("float")
    zero = np.zeros(at, dtype) if is_float or case.chance(0.3) else tiny_values(case, at, dtype) if dtype.name in BITS else case.rng.integers(0, 100, at).astype(dtype)
    case.steps = 1
    if case.chance(0.5):
        x = case.feed(normal(case, shape, source, case.pick((1.0, 5.0))))
        y = case.node("QuantizeLinear", [x, case.feed(scale), case.feed(zero, True)], saturate=case.pick((None, 0, 1)) if is_float else None, **attributes)
        case.result(case.node("Cast", [y], to=TensorProto.FLOAT), np.float32)
        case.looseness = 2000 if is_float else 1.0  # a neighbour on the grid of the type, an eighth away
        return
    y = case.node("DequantizeLinear", [small(case, shape, dtype), case.feed(scale), case.feed(zero, True)], **attributes)
    case.result(y, source)


def allowed(op, opset, dtype):
    """Whether the standard lets the operator have the type; onnx's evaluator runs more."""
    schema = onnx.defs.get_schema(op, opset)
    kind = f"tensor({TensorProto.DataType.Name(code(dtype)).lower().replace('_', '')})"
    return any(kind in constraint.allowed_type_strs for constraint in schema.type_constraints)


def movement(case):
    op = case.pick(("Transpose", "Reshape", "Concat", "Slice", "Squeeze", "Identity", "Gather", "Pad", "Expand", "Where", "Shape"))
    dtype, shape = case.pick(TINY + FLOAT8 + HALVES + (ml_dtypes.float4_e2m1fn,)), [case.between(1, 5) for _ in range(3)]
    case.opset = max(case.opset, 21)
    floor_opset(case, dtype)
    if not allowed(op, case.opset, dtype):
        op = "Transpose"
    x = small(case, shape, dtype)
    if op == "Transpose":
        y = case.node(op, [x], perm=[int(i) for i in case.rng.permutation(3)])
    elif op == "Reshape":
        y = case.node(op, [x, case.ints([-1])])
    elif op == "Concat":
        y = case.node(op, [x, small(case, shape, dtype)], axis=case.axis(3))
    elif op == "Slice":
        y = case.node(op, [x] + [case.ints([v]) for v in (case.between(-2, 1), case.between(1, 9), case.axis(3), case.pick((1, 2)))])
    elif op == "Squeeze":
        y = case.node(op, [case.node("Unsqueeze", [x, case.ints([1])]), case.ints([1])])
    elif op == "Gather":
        y = case.node(op, [x, case.feed(case.rng.integers(0, shape[1], 4))], axis=1)
    elif op == "Pad":
        y = case.node(op, [x, case.ints([case.between(0, 2) for _ in range(6)])])
    elif op == "Expand":
        y = case.node(op, [x, case.ints([2, 1, 1, 1])])
    elif op == "Where":
        y = case.node(op, [case.feed(normal(case, shape, np.bool_)), x, small(case, shape, dtype)])
    elif op == "Identity":
        y = case.node(op, [x])
    else:
        return case.result(case.node("Shape", [x]), np.int64)
    return finish(case, y, dtype)


GENERATORS = (cast_float8, cast_half, cast_tiny, cast_tiny, cast_float4, quantize, quantize, quantize, movement, movement, movement)
