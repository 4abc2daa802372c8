"""com.microsoft's normalisations, biased activations and operators that the standard has under the same or another name.

onnxruntime has no CPU kernel for BiasAdd, BiasDropout, BiasSoftmax, BiasSplitGelu, GroupNorm and SkipGroupNorm: these carry their formula."""
import math

import numpy as np

from values import any_values, normal

MS = "com.microsoft"
ERF = np.vectorize(math.erf, otypes=[np.float64])


def gelu(x):
    return 0.5 * x * (1 + ERF(x / math.sqrt(2)))


def skip_norms(case):
    op = case.pick(("SkipLayerNormalization", "SkipSimplifiedLayerNormalization"))
    dtype = case.pick((np.float32, np.float32, np.float16))
    batch, length, width = case.between(1, 3), case.between(1, 5), case.pick((1, 2, 7, 16, 33))
    flat = case.chance(0.2)
    shape = [batch * length, width] if flat else [batch, length, width]
    skip = shape if flat or case.chance(0.7) else case.pick(([1, length, width], [length, width]))
    full = op == "SkipLayerNormalization"
    x = [case.feed(normal(case, s, dtype, 2.0)) for s in (shape, skip, [width])]
    x += [case.feed(normal(case, [width], dtype)) if case.chance(0.8) else ""] if full else []
    x += [case.feed(normal(case, [width], dtype)) if case.chance(0.5) else ""]
    case.looseness = 50
    sums = case.chance(0.5)
    case.results(case.node(op, x, [True, False, False, True] if sums else 1, MS, epsilon=case.pick((None, 1e-3, 1e-5))), dtype)


def simplified(case):
    shape = [max(d, 1) for d in case.shape(1, 3)]
    axis, dtype = case.between(0, len(shape) - 1), case.pick((np.float32, np.float32, np.float64, np.float16))
    x = [case.feed(normal(case, s, dtype, 2.0)) for s in (shape, shape[axis:])]
    case.looseness = 50
    case.result(case.node("SimplifiedLayerNormalization", x, axis=case.pick((axis, axis - len(shape))), epsilon=case.pick((1e-5, 1e-3))), dtype)


def group_norm(case):
    n, h, w, groups = case.between(1, 2), case.between(1, 4), case.between(1, 4), case.pick((1, 2, 4))
    c, skip, silu, last = groups * case.between(1, 3), case.chance(0.4), case.between(0, 1), case.chance(0.8)
    shape = [n, h, w, c] if last or skip else [n, c, h, w]
    x, extra, bias, gamma, beta = normal(case, shape), normal(case, case.pick((shape, [n, c], [n, 1, 1, c]))), normal(case, [c]), normal(case, [c]), normal(case, [c])
    operands = [case.feed(v) for v in (x, gamma, beta)] + ([case.feed(extra)] + ([case.feed(bias)] if case.chance(0.5) else []) if skip else [])
    total = x.astype(np.float64)
    if skip:
        total = total + (extra if extra.ndim == 4 else extra[:, None, None, :]) + (bias if len(operands) == 5 else 0)
    ordered = total if shape[-1] == c and (last or skip) else total.transpose(0, 2, 3, 1)
    parts = ordered.reshape(n, h * w, groups, c // groups)
    y = (parts - parts.mean((1, 3), keepdims=True)) / np.sqrt(parts.var((1, 3), keepdims=True) + 1e-3)
    y = y.reshape(n, h, w, c) * gamma + beta
    y = y / (1 + np.exp(-y)) if silu else y
    y = y if ordered is total else y.transpose(0, 3, 1, 2)
    case.looseness, case.expected = 100, [v.astype(np.float32) for v in (y, total)]
    sums = skip and case.chance(0.5)
    flags = {"groups": groups, "activation": silu, "epsilon": 1e-3, "channels_last": int(last or skip)}
    case.results(case.node("SkipGroupNorm" if skip else "GroupNorm", operands, 2 if sums else 1, MS, **flags), np.float32)


def activations(case):
    op = case.pick(("Gelu", "FastGelu", "QuickGelu", "BiasGelu"))
    shape = case.shape(1, 3)
    dtype = np.float16 if op == "FastGelu" and case.chance(0.3) else np.float32
    x = [case.feed(normal(case, shape, dtype, 3.0))]
    if op == "BiasGelu" or op == "FastGelu" and case.chance(0.5):
        x.append(case.feed(normal(case, shape[-1:], dtype)))
    case.looseness = 5
    case.result(case.node(op, x, domain=MS, alpha=case.pick((None, 1.0, 0.5)) if op == "QuickGelu" else None), dtype)


def biased(case):
    op = case.pick(("BiasAdd", "BiasSplitGelu", "BiasSoftmax", "BiasDropout"))
    n, s, c = case.between(1, 3), case.between(1, 5), 2 * case.between(1, 5)
    x, bias, skip = normal(case, [n, s, c]), normal(case, [c]), normal(case, [n, s, c])
    flags = {}
    if op == "BiasAdd":
        operands, y = [x, bias, skip], x + bias + skip
    elif op == "BiasSplitGelu":
        total = (x + bias).astype(np.float64)
        operands, y = [x, bias], total[..., :c // 2] * gelu(total[..., c // 2:])
    elif op == "BiasDropout":
        full = case.chance(0.5)
        operands, y = [x, bias] + ([skip] if full else []), x + bias + (skip if full else 0)
    else:
        axis, inner = case.between(1, 2), case.between(0, 1)
        bias = normal(case, [n, 1, c] if inner else [1, s, c]) if axis == 2 else normal(case, [1, s, c])
        total = (x + bias).astype(np.float64).reshape(n, s, c) if axis == 2 else (x + bias).astype(np.float64).reshape(n, s * c)
        y = np.exp(total - total.max(-1, keepdims=True))
        operands, y = [x, bias], (y / y.sum(-1, keepdims=True)).reshape(n, s, c)
        flags = {"axis": axis, "is_inner_broadcast": inner}
    case.looseness, case.expected = 10, [y.astype(np.float32)]
    case.result(case.node(op, [case.feed(v) for v in operands], domain=MS, **flags), np.float32)


def renamed(case):
    op = case.pick(("ExpandDims", "Pad", "Range", "Unique", "Trilu", "GatherND", "Inverse", "CDist"))
    shape, dtype, flags = [max(d, 1) for d in case.shape(1, 3)], np.float32, {}
    if op == "ExpandDims":
        dtype = case.pick((np.float32, np.int64, np.float64))
        x = [any_values(case, shape, dtype), np.array(case.between(-len(shape), len(shape)), np.int32)]
    elif op == "Pad":
        flags["mode"] = case.pick(("constant", "edge", "reflect"))
        dtype = case.pick((np.float32, np.float64)) if flags["mode"] == "constant" else np.float32
        x = [normal(case, shape, dtype), np.array([case.between(0, max(d - 1, 0)) for d in shape + shape], np.int64)]
        x += [normal(case, [1], dtype)] if case.chance(0.5) else []
    elif op == "Range":
        dtype = case.pick((np.float32, np.float64, np.int32, np.int64, np.int16))
        x = [np.array(v, dtype) for v in (case.between(-5, 5), case.between(-9, 20), case.pick((1, 2, -1, 3)))]
        x = x if case.chance(0.7) else x[:2]
    elif op == "Unique":
        names = case.node(op, [case.feed(np.round(normal(case, [case.between(1, 30)]) * 3))], 3, MS)
        return case.results(names, np.float32, np.int64, np.int64)
    elif op == "Trilu":
        dtype, flags["upper"] = case.pick((np.float32, np.int64, np.float64)), case.between(0, 1)
        x = [normal(case, shape + [4, 5], dtype), np.array(case.between(-3, 3), np.int64)]
    elif op == "GatherND":
        depth = case.between(1, len(shape))
        x = [normal(case, shape), np.stack([case.rng.integers(0, d, 5) for d in shape[:depth]], -1).astype(case.pick((np.int32, np.int64)))]
    elif op == "Inverse":
        size, case.looseness = case.between(1, 5), 500
        dtype = case.pick((np.float32, np.float64))
        x = [(normal(case, shape[:2] + [size, size], dtype) + 6 * np.eye(size, dtype=dtype)).astype(dtype)]
    else:
        dtype, case.looseness, k = case.pick((np.float32, np.float64)), 200, case.between(1, 9)
        flags["metric"] = case.pick(("euclidean", "sqeuclidean"))
        x = [normal(case, [case.between(1, 6), k], dtype), normal(case, [case.between(1, 6), k], dtype)]
    case.result(case.node(op, [case.feed(v) for v in x], domain=MS, **flags), dtype)


def images(case):
    if case.chance(0.5):
        n, c, h, w, count = (case.between(1, 4) for _ in range(5))
        boxes = np.sort(case.rng.uniform(-0.1, 1.1, (count, 2, 2)), 1).reshape(count, 4).astype(np.float32)
        x = [normal(case, [n, c, h, w]), boxes, case.rng.integers(0, n, count).astype(np.int32), np.array([case.between(1, 5), case.between(1, 5)], np.int32)]
        case.looseness = 50
        flags = {"mode": case.pick(("bilinear", "nearest")), "extrapolation_value": case.pick((None, 0.5))}
        case.result(case.node("CropAndResize", [case.feed(v) for v in x], domain=MS, **flags), np.float32)
        return
    n, c, h, w = case.between(1, 2), case.between(1, 3), case.between(2, 6), case.between(2, 6)
    grid = case.rng.uniform(-1.3, 1.3, (n, case.between(1, 5), case.between(1, 5), 2)).astype(np.float32)
    flags = {"mode": case.pick(("bilinear", "nearest", "bicubic")), "padding_mode": case.pick(("zeros", "border", "reflection")), "align_corners": case.between(0, 1)}
    if flags["mode"] == "bicubic" and flags["padding_mode"] != "zeros":  # onnxruntime brings each of the 16 neighbours inside, onnx's evaluator and we the place itself
        case.distrusted.add("onnxruntime")
    case.looseness = 50
    case.result(case.node("GridSample", [case.feed(normal(case, [n, c, h, w])), case.feed(grid)], domain=MS, **flags), np.float32)


GENERATORS = (skip_norms, skip_norms, simplified, group_norm, activations, biased, renamed, renamed, images)
