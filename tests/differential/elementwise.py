"""Operators that go element by element, with broadcasting."""
import numpy as np
from onnx import helper

from case import FLOATS, INTEGERS
from values import any_values, broadcast_pair, normal, whole_range

ANY_FLOAT = {"Relu": FLOATS + INTEGERS[:4], "Neg": FLOATS + INTEGERS[:4], "Abs": FLOATS + INTEGERS, "Sign": FLOATS + INTEGERS,
             "Floor": FLOATS, "Ceil": FLOATS, "Round": FLOATS, "Sqrt": FLOATS, "Reciprocal": FLOATS, "Identity": FLOATS + INTEGERS + (np.bool_,),
             "Exp": FLOATS, "Log": FLOATS, "Tanh": FLOATS, "Sigmoid": FLOATS, "Erf": FLOATS, "Softplus": FLOATS, "Softsign": FLOATS}
# Large arguments: periodic functions lose their meaning there, so these get ordinary numbers.
ORDINARY = {"Sin": FLOATS, "Cos": FLOATS, "Tan": (np.float32, np.float64), "Atan": (np.float32, np.float64), "Sinh": (np.float32, np.float64),
            "Cosh": (np.float32, np.float64), "Asinh": (np.float32, np.float64), "Gelu": (np.float32, np.float64), "Mish": (np.float32, np.float64)}
WITH_ATTRIBUTES = {"Elu": ("alpha",), "LeakyRelu": ("alpha",), "ThresholdedRelu": ("alpha",), "HardSigmoid": ("alpha", "beta"), "Selu": ("alpha", "gamma"),
                   "Celu": ("alpha",), "Shrink": ("lambd", "bias"), "HardSwish": ()}


def unary(case):
    op = case.pick(sorted(ANY_FLOAT))
    dtype = case.pick(ANY_FLOAT[op])
    case.result(case.node(op, [case.feed(any_values(case, case.shape(), dtype))]), dtype)


def ordinary(case):
    op = case.pick(sorted(ORDINARY))
    dtype = case.pick(ORDINARY[op])
    case.opset = max(case.opset, 22 if op in ("Mish",) else 20 if op == "Gelu" else 18)
    attributes = {"approximate": case.pick(("none", "tanh"))} if op == "Gelu" else {}
    case.result(case.node(op, [case.feed(normal(case, case.shape(), dtype, 3.0))], **attributes), dtype)


def activation(case):
    op = case.pick(sorted(WITH_ATTRIBUTES))
    numbers = {a: float(np.float32(case.rng.uniform(0.1, 2.0))) for a in WITH_ATTRIBUTES[op] if case.chance(0.7)}
    case.result(case.node(op, [case.feed(any_values(case, case.shape(), np.float32))], **numbers), np.float32)


def tests_of_numbers(case):
    op = case.pick(("IsNaN", "IsInf"))
    flags = {f"detect_{s}": case.between(0, 1) for s in ("negative", "positive")} if op == "IsInf" else {}
    case.result(case.node(op, [case.feed(any_values(case, case.shape(), np.float32))], **flags), np.bool_)


def binary(case):
    op = case.pick(("Add", "Sub", "Mul", "Div", "Pow", "Mod", "PRelu"))
    dtype = np.dtype(case.pick(FLOATS + INTEGERS if op in ("Add", "Sub", "Mul", "Div") else INTEGERS if op == "Mod" else FLOATS[:2]))
    a_shape, b_shape = broadcast_pair(case)
    if op == "PRelu":
        a_shape, b_shape = case.shape(1), [1]
    a = any_values(case, a_shape, dtype) if op != "Pow" else np.abs(normal(case, a_shape, dtype, 2.0))
    b = any_values(case, b_shape, dtype) if op != "Pow" else normal(case, b_shape, dtype, 2.0)
    if dtype.kind in "iu" and op in ("Div", "Mod"):
        a, b = normal(case, a_shape, dtype), np.where(normal(case, b_shape, dtype) == 0, 3, normal(case, b_shape, dtype)).astype(dtype)
        b[b == 0] = 2
    attributes = {"fmod": case.between(0, 1)} if op == "Mod" else {}
    case.result(case.node(op, [case.feed(a), case.feed(b)], **attributes), dtype)


def comparison(case):
    op = case.pick(("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"))
    dtype = case.pick((np.float32, np.float64, np.int32, np.int64))
    a, b = (normal(case, s, dtype) if np.dtype(dtype).kind == "i" else any_values(case, s, dtype) for s in broadcast_pair(case))
    case.result(case.node(op, [case.feed(a), case.feed(b)]), np.bool_)


def logical(case):
    op = case.pick(("And", "Or", "Xor", "Not", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot", "BitShift"))
    dtype = np.bool_ if op in ("And", "Or", "Xor", "Not") else case.pick((np.uint8, np.uint32, np.uint64))
    shapes = broadcast_pair(case)
    if op in ("Not", "BitwiseNot"):
        shapes = shapes[:1]
    values = [normal(case, s, dtype) if dtype == np.bool_ else whole_range(case, s, dtype) for s in shapes]
    attributes = {}
    if op == "BitShift":
        attributes["direction"] = case.pick(("LEFT", "RIGHT"))
        values[1] = (values[1] % 8).astype(dtype)
    case.result(case.node(op, [case.feed(v) for v in values], **attributes), dtype)


def several(case):
    op = case.pick(("Max", "Min", "Sum", "Mean"))
    dtype = case.pick((np.float32, np.float64) + ((np.int32, np.int64) if op in ("Max", "Min") else ()))
    shapes = [s for _ in range(2) for s in broadcast_pair(case, 0)] if case.chance(0.1) else broadcast_pair(case)
    case.result(case.node(op, [case.feed(any_values(case, s, dtype) if op in ("Max", "Min") else normal(case, s, dtype)) for s in shapes]), dtype)


def where(case):
    dtype = case.pick(FLOATS[:2] + (np.int32, np.int64, np.uint8))
    a, b = broadcast_pair(case)
    condition = normal(case, case.pick((a, b, [])), np.bool_)
    case.result(case.node("Where", [case.feed(condition), case.feed(any_values(case, a, dtype)), case.feed(any_values(case, b, dtype))]), dtype)


def clip(case):
    dtype = case.pick((np.float32, np.float64, np.int32, np.int64, np.int8, np.uint8))
    low, high = sorted(normal(case, [2], dtype))
    bounds = [case.feed(np.array(v, dtype)) if case.chance(0.8) else "" for v in (low, high)]
    case.result(case.node("Clip", [case.feed(any_values(case, case.shape(), dtype))] + bounds), dtype)


def cast(case):
    """Between all pairs; floats to integers only where the number fits, for the standard leaves the rest open."""
    source, target = np.dtype(case.pick(FLOATS + INTEGERS + (np.bool_,))), np.dtype(case.pick(FLOATS + INTEGERS + (np.bool_,)))
    fits = source.kind not in "iub" and target.kind in "iu"
    x = normal(case, case.shape(), source, 4.0) if fits else any_values(case, case.shape(), source)
    if fits and target.kind == "u":
        x = np.abs(x)
    case.result(case.node("Cast", [case.feed(x)], to=helper.np_dtype_to_tensor_dtype(target)), target)


GENERATORS = (unary, unary, unary, ordinary, activation, tests_of_numbers, binary, binary, comparison, logical, several, where, clip, cast, cast)
