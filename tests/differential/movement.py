"""Operators that move elements and compute none."""
import numpy as np

from case import FLOATS, INTEGERS
from values import any_values, normal

MOVABLE = FLOATS + INTEGERS + (np.bool_,)


def movable(case, shape):
    dtype = case.pick(MOVABLE if case.chance(0.4) else (np.float32,))
    return case.feed(any_values(case, shape, dtype)), dtype


def transpose(case):
    shape = case.shape(0, 5)
    x, dtype = movable(case, shape)
    perm = [int(i) for i in case.rng.permutation(len(shape))]
    case.result(case.node("Transpose", [x], perm=perm if perm and case.chance(0.85) else None), dtype)


def reshape(case):
    shape = case.shape(1, 4)
    x, dtype = movable(case, shape)
    target = [int(d) for d in case.rng.permutation(shape)]
    if case.chance(0.5) and 0 not in shape:
        target = [-1 if i == 0 else d for i, d in enumerate(target)]
    elif case.chance(0.3) and 0 not in shape:
        target = [int(np.prod(shape))]
    case.result(case.node("Reshape", [x, case.ints(target)], allowzero=1 if 0 in shape else None), dtype)


def squeezes(case):
    op = case.pick(("Squeeze", "Unsqueeze", "Flatten", "Expand", "Tile", "Shape", "Size"))
    shape = case.shape(1, 4)
    if op == "Squeeze":
        at = case.between(0, len(shape) - 1)
        shape[at] = 1
        axis = at if case.chance(0.5) else at - len(shape)
        x, dtype = movable(case, shape)
        case.result(case.node(op, [x, case.ints([axis])]), dtype)
        return
    x, dtype = movable(case, shape)
    if op == "Unsqueeze":
        case.result(case.node(op, [x, case.ints([case.between(-len(shape) - 1, len(shape))])]), dtype)
    elif op == "Flatten":
        case.result(case.node(op, [x], axis=case.between(-len(shape), len(shape))), dtype)
    elif op == "Expand":
        wider = [case.size() if d == 1 and case.chance(0.7) else case.pick((1, d)) for d in shape]
        case.result(case.node(op, [x, case.ints([case.between(1, 3)] * case.between(0, 1) + wider)]), dtype)
    elif op == "Tile":
        case.result(case.node(op, [x, case.ints([case.between(0, 3) if case.chance(0.2) else case.between(1, 3) for _ in shape])]), dtype)
    else:
        case.result(case.node(op, [x]), np.int64)


def concat(case):
    shape = case.shape(1, 4)
    at = case.between(0, len(shape) - 1)
    dtype = case.pick(MOVABLE)
    parts = [case.feed(any_values(case, [case.size() if i == at else d for i, d in enumerate(shape)], dtype)) for _ in range(case.between(1, 4))]
    case.result(case.node("Concat", parts, axis=at if case.chance(0.5) else at - len(shape)), dtype)


def split(case):
    shape = case.shape(1, 4)
    at = case.between(0, len(shape) - 1)
    parts = [case.between(0, 4) for _ in range(case.between(1, 4))]
    shape[at] = sum(parts)
    x, dtype = movable(case, shape)
    for name in np.atleast_1d(case.node("Split", [x, case.ints(parts)], outputs=len(parts), axis=at)):
        case.result(str(name), dtype)


def slice_(case):
    shape = case.shape(1, 4)
    axes = [int(a) for a in case.rng.permutation(len(shape))[:case.between(1, len(shape))]]
    far = 2 ** 62
    starts = [case.pick((0, -far, case.between(-9, 9), -1)) for _ in axes]
    ends = [case.pick((far, -far, case.between(-9, 9))) for _ in axes]
    steps = [case.pick((1, 1, 1, 2, 3, -1, -2)) for _ in axes]
    x, dtype = movable(case, shape)
    operands = [case.ints(starts), case.ints(ends), case.ints([a if case.chance(0.6) else a - len(shape) for a in axes]), case.ints(steps)]
    case.result(case.node("Slice", [x] + operands), dtype)


def pad(case):
    shape = [max(d, 1) for d in case.shape(1, 4)]
    mode = case.pick(("constant", "constant", "edge", "reflect"))
    most = [d - 1 if mode == "reflect" else 3 for d in shape]
    pads = [case.between(0, min(m, 3)) for m in most + most]
    if mode == "constant" and case.chance(0.3):
        pads = [case.between(-1, 2) if d > 2 else 0 for d in shape + shape]
    dtype = case.pick((np.float32, np.float64, np.int32, np.int64))
    inputs = [case.feed(any_values(case, shape, dtype)), case.ints(pads)]
    if mode == "constant" and case.chance(0.6):
        inputs.append(case.feed(normal(case, [], dtype)))
    case.result(case.node("Pad", inputs, mode=mode), dtype)


def gathers(case):
    op = case.pick(("Gather", "GatherElements", "GatherND"))
    shape = [max(d, 1) for d in case.shape(1, 4)]
    x, dtype = movable(case, shape)
    index = case.pick((np.int32, np.int64)) if op != "GatherND" else np.int64
    axis = case.axis(len(shape))
    if op == "GatherND":
        depth = case.between(1, len(shape))
        where = np.stack([case.rng.integers(-d, d, 5) for d in shape[:depth]], -1)
        case.result(case.node(op, [x, case.feed(where.astype(np.int64))]), dtype)
        return
    where = case.shape(0, 3) if op == "Gather" else [case.between(0, d) for d in shape]
    indices = case.rng.integers(-shape[axis], shape[axis], where).astype(index)
    case.result(case.node(op, [x, case.feed(indices)], axis=axis), dtype)


def scatters(case):
    op = case.pick(("ScatterElements", "ScatterND"))
    shape = [max(d, 1) for d in case.shape(1, 3)]
    dtype = case.pick((np.float32, np.float64, np.int32, np.int64))
    reduction = case.pick(("none", "add", "mul", "max", "min"))
    x = case.feed(normal(case, shape, dtype))
    if op == "ScatterND":
        depth = case.between(1, len(shape))
        cells = case.rng.permutation(int(np.prod(shape[:depth])))[:4]  # each once: without a reduction the order would count
        indices = np.stack(np.unravel_index(cells, shape[:depth]), -1).astype(np.int64)
        updates = normal(case, [len(cells)] + shape[depth:], dtype)
        case.result(case.node(op, [x, case.feed(indices), case.feed(updates)], reduction=reduction), dtype)
        return
    axis = case.between(0, len(shape) - 1)
    part = [case.between(1, d) for d in shape]
    indices = np.moveaxis(np.array([case.rng.permutation(shape[axis])[:part[axis]] for _ in range(int(np.prod(part)) // part[axis])]).reshape(
        [d for i, d in enumerate(part) if i != axis] + [part[axis]]), -1, axis)
    case.result(case.node(op, [x, case.feed(indices.astype(np.int64)), case.feed(normal(case, part, dtype))], axis=axis, reduction=reduction), dtype)


def blocks(case):
    op, block = case.pick(("DepthToSpace", "SpaceToDepth")), case.between(1, 3)
    n, c, h, w = (case.between(1, 4) for _ in range(4))
    if op == "DepthToSpace":
        x = normal(case, [n, c * block * block, h, w], np.float32)
        case.result(case.node(op, [case.feed(x)], blocksize=block, mode=case.pick(("DCR", "CRD"))), np.float32)
    else:
        case.result(case.node(op, [case.feed(normal(case, [n, c, h * block, w * block], np.float32))], blocksize=block), np.float32)


def made(case):
    """Tensors out of numbers."""
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


GENERATORS = (transpose, transpose, reshape, squeezes, squeezes, concat, split, slice_, slice_, pad, gathers, scatters, blocks, made)
