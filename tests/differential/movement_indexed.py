"""Operators that move elements to or from places that an input gives."""
import numpy as np

from values import movable, normal


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
