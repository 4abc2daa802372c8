"""Strings, sequences and optionals."""
import numpy as np
from onnx import TensorProto, helper

from values import any_values, broadcast_pair, normal

TEXT = np.dtype(object)
WORDS = ("", "a", "Bob", "two words", "  spaces ", "a,b,,c", "ÄÖ", "monday", "tuesday", "x@y.org", "12.5", "-3", "é漢字")


def words(case, shape, choices=WORDS):
    return case.rng.choice(np.array(choices, object), shape)


def text(case):
    case.opset = max(case.opset, 20)
    op = case.pick(("StringConcat", "StringSplit", "RegexFullMatch", "StringNormalizer", "Equal", "Cast", "Cast back", "Gather", "Reshape", "Where", "Unique"))
    x = words(case, case.shape(0, 3))
    if op == "StringConcat":
        case.result(case.node(op, [case.feed(words(case, s), False) for s in broadcast_pair(case, 3)]), TEXT)
    elif op == "StringSplit":
        flags = {"delimiter": case.pick((None, "", ",", " ")), "maxsplit": case.pick((None, 1, 2))}
        case.results(case.node(op, [case.feed(x, False)], 2, **flags), TEXT, np.int64)
    elif op == "RegexFullMatch":
        case.result(case.node(op, [case.feed(x, False)], pattern=case.pick((r"\w+", r"[a-z]+day", r".*", r"(\w+)@\w+\.(com|org)", r"-?\d+(\.\d+)?", ""))), np.bool_)
    elif op == "StringNormalizer":
        rows = words(case, [case.between(1, 5)] if case.chance(0.6) else [1, case.between(1, 5)], ("monday", "Tuesday", "ÄÖ", "a", "WEEK"))
        flags = {"case_change_action": case.pick((None, "NONE", "LOWER", "UPPER")), "is_case_sensitive": case.between(0, 1),
                 "stopwords": case.pick((None, ["monday"], ["MONDAY", "a"])), "locale": "en_US"}
        case.result(case.node(op, [case.feed(rows, False)], **flags), TEXT)
    elif op == "Equal":
        case.result(case.node(op, [case.feed(words(case, s), False) for s in broadcast_pair(case, 3)]), np.bool_)
    elif op == "Cast":
        dtype = np.dtype(case.pick((np.int64, np.int32, np.uint8, np.bool_, np.float32)))
        values = np.round(any_values(case, x.shape, dtype)) if dtype.kind != "f" else np.round(normal(case, x.shape, dtype, 40.0)) / 4
        case.result(case.node(op, [case.feed(values.astype(dtype), False)], to=TensorProto.STRING), TEXT)
    elif op == "Cast back":
        dtype = np.dtype(case.pick((np.float32, np.float64, np.int64, np.int32)))
        numbers = ("1", "-3", "250", "7") if dtype.kind == "i" else ("1", "-3.5", "1e-5", "0.25", "NaN", "INF", "-INF", "2.5E3")
        case.result(case.node("Cast", [case.feed(words(case, x.shape, numbers), False)], to=helper.np_dtype_to_tensor_dtype(dtype)), dtype)
    elif op == "Gather":
        x = words(case, [case.between(1, 5), 3])
        case.result(case.node(op, [case.feed(x, False), case.feed(case.rng.integers(-len(x), len(x), case.shape(0, 2)))], axis=0), TEXT)
    elif op == "Reshape":
        case.result(case.node(op, [case.feed(words(case, [2, 6]), False), case.ints([3, -1])]), TEXT)
    elif op == "Where":
        a, b = broadcast_pair(case, 3)
        case.result(case.node(op, [case.feed(normal(case, a, np.bool_)), case.feed(words(case, a), False), case.feed(words(case, b), False)]), TEXT)
    else:
        names = case.node(op, [case.feed(words(case, [case.between(1, 12)]), False)], 4, sorted=case.between(0, 1))
        case.results(names, TEXT, np.int64)


def sequence_type(dtype):
    return helper.make_sequence_type_proto(helper.make_tensor_type_proto(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), None))


def made(case, dtype):
    """A sequence, its length, and the shape all its elements have, if they have one."""
    way = case.pick(("construct", "split", "feed", "empty"))
    shape = [case.between(1, 4), case.between(1, 3)]
    if way == "empty":
        return case.node("SequenceEmpty", [], dtype=helper.np_dtype_to_tensor_dtype(np.dtype(dtype))), 0
    count = case.between(1, 4)
    if way == "construct":
        return case.node("SequenceConstruct", [case.feed(normal(case, shape, dtype)) for _ in range(count)]), count
    if way == "feed":
        return case.list_feed([normal(case, shape, dtype) for _ in range(count)], sequence_type(dtype)), count
    rows = case.between(1, 7)
    x = case.feed(normal(case, [rows, 3], dtype))
    if case.chance(0.5):
        return case.node("SplitToSequence", [x], axis=0, keepdims=case.between(0, 1)), rows
    step = case.between(1, rows)
    return case.node("SplitToSequence", [x, case.feed(np.array(step, np.int64))], axis=0), -(-rows // step)


def sequences(case):
    dtype = case.pick((np.float32, np.float32, np.int64, np.float64))
    s, count = made(case, dtype)
    for _ in range(case.between(0, 3)):
        if case.chance(0.5) or count == 0:
            at = [case.feed(np.array(case.between(-count, count), np.int64))] if case.chance(0.7) else []
            s, count = case.node("SequenceInsert", [s, case.feed(normal(case, [case.between(1, 4), case.between(1, 3)], dtype))] + at), count + 1
        else:
            at = [case.feed(np.array(case.between(-count, count - 1), np.int64))] if case.chance(0.7) else []
            s, count = case.node("SequenceErase", [s] + at), count - 1
    kind = case.pick(("whole", "length", "at", "map"))
    if kind == "whole":
        case.list_result(case.node("Identity", [s]), sequence_type(dtype))
    elif kind == "length" or count == 0:
        case.result(case.node("SequenceLength", [s]), np.int64)
    elif kind == "at":
        case.result(case.node("SequenceAt", [s, case.feed(np.array(case.between(-count, count - 1), np.int64))]), dtype)
    else:
        flat = case.name("item")
        with case.body() as nodes:
            y = case.node("Reshape", [flat, case.ints([-1], True)])
        info = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), None) for n in (flat, y)]
        mapped = case.node("SequenceMap", [s], body=helper.make_graph(list(nodes), "map", info[:1], info[1:]))
        case.result(case.node("ConcatFromSequence", [mapped], axis=0), dtype)


def joined(case):
    """ConcatFromSequence along an axis or a new one."""
    shape = [case.between(1, 4) for _ in range(case.between(1, 3))]
    parts = [case.feed(normal(case, shape)) for _ in range(case.between(1, 4))]
    s, new = case.node("SequenceConstruct", parts), case.between(0, 1)
    case.result(case.node("ConcatFromSequence", [s], axis=case.axis(len(shape) + new), new_axis=new), np.float32)


def optionals(case):
    x = case.feed(normal(case, case.shape(0, 3)), False)
    y = case.node("Optional", [x])
    if case.chance(0.5):
        case.result(case.node("OptionalGetElement", [y]), np.float32)
    else:
        empty = case.chance(0.4)
        kind = helper.make_tensor_type_proto(TensorProto.FLOAT, None)
        y = case.node("Optional", [], type=kind) if empty else y
        case.result(case.node("OptionalHasElement", [y]), np.bool_)


GENERATORS = (text, text, text, sequences, sequences, joined, optionals)
