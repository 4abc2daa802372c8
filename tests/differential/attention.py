"""Attention, RotaryEmbedding and the normalisations of today's transformers, as the standard has them."""
import ml_dtypes
import numpy as np

from values import normal

HALVES = (np.float32, np.float32, np.float32, np.float16, ml_dtypes.bfloat16)


def maybe(case, p, array):
    return case.feed(array) if case.chance(p) else ""


def attention(case):
    """3 or 4 dimensions, masks of both kinds and of every rank, caches, grouped heads, soft cap, the scores as an output."""
    case.opset = case.pick((23, 24))
    dtype = case.pick((np.float32, np.float32, np.float16, np.float64))
    batch, pairs, group, size, values = case.between(1, 3), case.pick((1, 2, 3)), case.pick((1, 1, 2)), case.pick((2, 4, 7, 8)), case.pick((2, 4, 8))
    length, keys, past = case.between(1, 6), case.between(1, 7), case.between(1, 4) if case.chance(0.3) else 0
    heads, total, flat = pairs * group, keys + past, case.chance(0.5)
    if flat:
        shapes = ([batch, length, heads * size], [batch, keys, pairs * size], [batch, keys, pairs * values])
    else:
        shapes = ([batch, heads, length, size], [batch, pairs, keys, size], [batch, pairs, keys, values])
    x = [case.feed(normal(case, s, dtype)) for s in shapes]
    x.append(attention_mask(case, batch, heads, length, total, dtype))
    x += [case.feed(normal(case, [batch, pairs, past, s], dtype), False) for s in (size, values)] if past else ["", ""]
    if case.opset == 24 and not past and case.chance(0.2):
        x.append(case.feed(case.rng.integers(1, keys + 1, batch).astype(np.int64)))
    scores = case.chance(0.15)
    flags = {"q_num_heads": heads if flat else None, "kv_num_heads": pairs if flat else None, "is_causal": case.pick((None, 0, 1)), "scale": case.pick((None, 0.5)),
             "softcap": case.pick((None, None, 2.0)), "qk_matmul_output_mode": case.between(0, 3) if scores else None}
    case.looseness = 30
    if scores and flags["softcap"] and flags["qk_matmul_output_mode"] == 0:
        case.distrusted.add("evaluator")  # it caps the raw scores in place before it hands them out
    case.results(case.node("Attention", x, [True, past > 0, past > 0, scores], **flags), dtype)


def attention_mask(case, batch, heads, length, total, dtype):
    """Every row keeps its first key: without any, the result is NaN or 0, on which engines differ."""
    if case.chance(0.4):
        return ""
    shape = case.pick(([length, total], [batch, 1, length, total], [1, heads, length, total], [batch, heads, length, total]))
    if case.chance(0.5):
        mask = case.rng.random(shape) < 0.7
        mask[..., 0] = True
        return case.feed(mask)
    mask = normal(case, shape, dtype)
    if case.chance(0.3):
        mask[..., 1:] = np.where(case.rng.random(mask[..., 1:].shape) < 0.2, -np.inf, mask[..., 1:]).astype(dtype)
    return case.feed(mask)


def rotary(case):
    case.opset = 23
    dtype, batch, length, heads, half = case.pick((np.float32, np.float32, np.float16)), case.between(1, 3), case.between(1, 5), case.between(1, 4), case.between(1, 5)
    partial = case.chance(0.3)
    size = 2 * half + (2 * case.between(1, 3) if partial else 0)
    flat = case.chance(0.4)
    x = case.feed(normal(case, [batch, length, heads * size] if flat else [batch, heads, length, size], dtype))
    ids = case.chance(0.6)
    angles = case.rng.uniform(-3, 3, (9, half) if ids else (batch, length, half))
    operands = [x] + [case.feed(f(angles).astype(dtype)) for f in (np.cos, np.sin)] + ([case.feed(case.rng.integers(0, 9, [batch, length]))] if ids else [])
    flags = {"num_heads": heads if flat else None, "rotary_embedding_dim": 2 * half if partial else case.pick((None, 0)), "interleaved": case.between(0, 1)}
    case.result(case.node("RotaryEmbedding", operands, **flags), dtype)


def rms(case):
    case.opset = 23
    shape = [case.between(1, 9) for _ in range(case.between(1, 4))]
    axis, dtype = case.between(0, len(shape) - 1), case.pick(HALVES)
    case.looseness = 30
    operands = [case.feed(normal(case, shape, dtype, 2.0)), case.feed(normal(case, case.pick((shape[axis:], shape[-1:], [1])), dtype))]
    case.result(case.node("RMSNormalization", operands, axis=case.pick((axis, axis - len(shape))), epsilon=case.pick((None, 1e-3))), dtype)


def layer(case):
    shape = [case.between(1, 9) for _ in range(case.between(1, 4))]
    axis, dtype = case.between(0, len(shape) - 1), case.pick((np.float32, np.float32, np.float64, np.float16))
    case.looseness = 50
    operands = [case.feed(normal(case, shape, dtype, 2.0)), case.feed(normal(case, shape[axis:], dtype)), maybe(case, 0.7, normal(case, shape[axis:], dtype))]
    wanted = [True, case.chance(0.2), False]
    names = case.node("LayerNormalization", operands, wanted, axis=case.pick((axis, axis - len(shape))), epsilon=case.pick((1e-5, 1e-3)))
    case.results(names, dtype, np.float32)


def group(case):
    case.opset, groups = case.pick((18, 21, 22)), case.pick((1, 2, 4))
    c, dtype = groups * case.between(1, 4), case.pick((np.float32, np.float32, np.float16))
    shape = [case.between(1, 3), c] + [case.between(1, 6) for _ in range(case.between(1, 3))]
    case.looseness = 50
    operands = [case.feed(normal(case, s, dtype, 2.0)) for s in (shape, [groups if case.opset < 21 else c], [groups if case.opset < 21 else c])]
    case.result(case.node("GroupNormalization", operands, num_groups=groups, epsilon=case.pick((None, 1e-3))), dtype)


def batch(case):
    shape = [case.between(1, 4), case.between(1, 8)] + [case.between(1, 6) for _ in range(case.between(0, 3))]
    dtype, c = case.pick((np.float32, np.float32, np.float64)), shape[1:2]
    positive = (np.abs(normal(case, c)) + np.float32(0.1)).astype(dtype)
    operands = [case.feed(normal(case, s, dtype)) for s in (shape, c, c, c)] + [case.feed(positive)]
    case.looseness = 30
    case.result(case.node("BatchNormalization", operands, epsilon=case.pick((None, 1e-2))), dtype)


GENERATORS = (attention, attention, attention, rotary, rms, layer, group, batch)
