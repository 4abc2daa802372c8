"""Operators that move elements and compute none."""
import numpy as np

from making import made
from movement_indexed import gathers, scatters
from values import MOVABLE, any_values, movable, normal


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


def blocks(case):
    op, block = case.pick(("DepthToSpace", "SpaceToDepth")), case.between(1, 3)
    n, c, h, w = (case.between(1, 4) for _ in range(4))
    if op == "DepthToSpace":
        x = normal(case, [n, c * block * block, h, w], np.float32)
        case.result(case.node(op, [case.feed(x)], blocksize=block, mode=case.pick(("DCR", "CRD"))), np.float32)
    else:
        case.result(case.node(op, [case.feed(normal(case, [n, c, h * block, w * block], np.float32))], blocksize=block), np.float32)


GENERATORS = (transpose, transpose, reshape, squeezes, squeezes, concat, split, slice_, slice_, pad, gathers, scatters, blocks, made)
