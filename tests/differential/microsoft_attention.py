"""com.microsoft's attentions, rotation and embeddings."""
import numpy as np

from values import narrow, normal, whole_range

MS = "com.microsoft"


def maybe(case, p, array):
    return case.feed(array) if case.chance(p) else ""


def mask(case, batch, rows, columns, causal):
    """A mask in one of its forms; each row keeps its first key, since -10000 on all of them leaves nothing but rounding errors."""
    kind = case.pick(("none", "none", "lengths", "ranges", "keys", "square"))
    lengths = case.rng.integers(1, columns + 1, batch).astype(np.int32)
    if kind == "none":
        return ""
    if kind == "lengths":
        return case.feed(lengths)
    if kind == "ranges":
        first = np.zeros(batch, np.int32) if causal else case.rng.integers(0, lengths).astype(np.int32)
        return case.feed(np.concatenate([lengths, first]))
    bits = (case.rng.random([batch, columns] if kind == "keys" else [batch, rows, columns]) < 0.7).astype(np.int32)
    bits[..., 0] = 1
    return case.feed(bits)


def bias(case, batch, heads, rows, columns):
    return maybe(case, 0.3, normal(case, [case.pick((1, batch)), case.pick((1, heads)), rows, columns]))


def sizes(case):
    return case.between(1, 3), case.between(1, 6), case.between(1, 4), case.between(1, 8)


def attention(case):
    batch, length, heads, size = sizes(case)
    width, depth, past = heads * size, case.between(1, 9), case.between(1, 4) if case.chance(0.4) else 0
    values = width if past or case.chance(0.7) else heads * case.between(1, 8)
    causal = case.between(0, 1)
    x = [case.feed(normal(case, [batch, length, depth])), case.feed(normal(case, [depth, 2 * width + values])), case.feed(normal(case, [2 * width + values]))]
    x.append(mask(case, batch, length, length + past, causal))
    x.append(case.feed(normal(case, [2, batch, heads, past, size])) if past else "")
    x.append(bias(case, batch, heads, length, length + past))
    case.looseness = 30
    case.results(case.node("Attention", x, [True, past > 0], MS, num_heads=heads, unidirectional=causal, scale=case.pick((None, None, 0.5)),
                           qkv_hidden_sizes=[width, width, values] if values != width or case.chance(0.2) else None), np.float32)


def multi_head(case):
    batch, length, heads, size = sizes(case)
    keys, values, past = case.between(1, 7), case.between(1, 8), case.between(1, 4) if case.chance(0.4) else 0
    if past or case.chance(0.4):
        keys, values = length, size  # attention of x to itself
    form, causal = case.pick(("parts", "parts", "heads", "packed", "packed pairs")), case.between(0, 1)
    if form == "packed":
        keys, values = length, size
    values = size if form == "packed pairs" else values
    parts = {"parts": ([batch, length, heads * size], [batch, keys, heads * size], [batch, keys, heads * values]),
             "heads": ([batch, length, heads * size], [batch, heads, keys, size], [batch, heads, keys, values]),
             "packed": ([batch, length, heads, 3, size],), "packed pairs": ([batch, length, heads * size], [batch, keys, heads, 2, size])}[form]
    x = [case.feed(normal(case, shape)) for shape in parts] + [""] * (3 - len(parts))
    x.append(maybe(case, 0.5 if form != "heads" else 0, normal(case, [heads * (2 * size + values)])))
    past = past if form == "parts" else 0
    causal = causal if keys == length else 0  # else onnxruntime lets the last row see all keys
    x += [mask(case, batch, length, keys + past, causal), bias(case, batch, heads, length, keys + past)]
    x += [case.feed(normal(case, [batch, heads, past, s])) for s in (size, values)] if past else []
    case.looseness = 30
    case.results(case.node("MultiHeadAttention", x, [True, past > 0, past > 0], MS, num_heads=heads, unidirectional=causal, scale=case.pick((None, None, 0.5))),
                 np.float32)


def group_query(case):
    batch, pairs, group, size = case.between(1, 3), case.pick((1, 2)), case.pick((1, 2, 3)), case.pick((16, 16, 32))
    past = case.between(1, 6) if case.chance(0.6) else 0
    length = 1 if past and (batch > 1 or case.chance(0.6)) else case.between(1, 6)
    total, heads, packed = past + length, pairs * group, case.chance(0.3)
    dtype = case.pick((np.float32, np.float32, np.float16))
    widths = [(heads + 2 * pairs) * size] if packed else [heads * size, pairs * size, pairs * size]
    x = [case.feed(normal(case, [batch, length, w], dtype)) for w in widths] + [""] * (3 - len(widths))
    x += [case.feed(normal(case, [batch, pairs, past, size], dtype), False) for _ in range(2)] if past or case.chance(0.5) else ["", ""]
    x += [case.feed(np.full([batch], total - 1, np.int32)), case.feed(np.array(total, np.int32), True)]
    rotary = case.chance(0.5)
    angles = case.rng.uniform(-3, 3, (total + 2, size // 2))
    x += [case.feed(f(angles).astype(dtype)) for f in (np.cos, np.sin)] if rotary else ["", ""]
    x += ["", bias(case, batch, heads, length, total) if dtype == np.float32 else "", maybe(case, 0.2, normal(case, [heads], dtype))]
    case.looseness = 30
    flags = {"local_window_size": case.pick((-1, -1, 2, 4)), "softcap": case.pick((None, None, 3.0)), "scale": case.pick((None, 0.4)), "do_rotary": int(rotary),
             "rotary_interleaved": case.between(0, 1) if rotary else None, "smooth_softmax": 1 if not x[-1] and case.chance(0.2) else None}
    case.results(case.node("GroupQueryAttention", x, 3, MS, num_heads=heads, kv_num_heads=pairs, **flags), dtype)


def quantized(case):
    batch, length, heads, size = sizes(case)
    width, depth, past, causal = heads * size, case.between(1, 9), case.between(1, 4) if case.chance(0.3) else 0, case.between(0, 1)
    data, weights, by_column = case.pick((np.uint8, np.int8)), case.pick((np.int8, np.uint8)), case.chance(0.3)
    x = [case.feed(whole_range(case, [batch, length, depth], data)), case.feed(narrow(case, [depth, 3 * width], weights), True)]
    x.append(case.feed(normal(case, [3 * width])))
    x += [case.feed(np.array(0.01, np.float32)), case.feed(case.rng.uniform(0.005, 0.02, [3 * width] if by_column else []).astype(np.float32))]
    x.append(mask(case, batch, length, length + past, causal))
    x += [maybe(case, 0.7, np.array(case.between(0, 100), data)), case.feed(np.zeros([3 * width] if by_column else [], weights)) if case.chance(0.5) else ""]
    x.append(case.feed(normal(case, [2, batch, heads, past, size])) if past else "")
    case.looseness = 50
    case.results(case.node("QAttention", x, [True, past > 0], MS, num_heads=heads, unidirectional=causal), np.float32)


def rotary(case):
    batch, length, heads, half = case.between(1, 3), case.between(1, 6), case.between(1, 4), case.pick((4, 8))
    dtype, rank, partial = case.pick((np.float32, np.float32, np.float16)), case.pick((3, 4)), case.chance(0.3)
    size = half * 4 if partial else half * 2
    x = case.feed(normal(case, [batch, length, heads * size] if rank == 3 else [batch, heads, length, size], dtype))
    ids = case.rng.integers(0, 3, [1]) if case.chance(0.4) else case.rng.integers(0, 9, [batch, length])
    angles = case.rng.uniform(-3, 3, (9, half))
    tables = [case.feed(f(angles).astype(dtype)) for f in (np.cos, np.sin)]
    flags = {"num_heads": heads if partial or case.chance(0.5) else None, "rotary_embedding_dim": 2 * half if partial else None, "interleaved": case.between(0, 1)}
    case.result(case.node("RotaryEmbedding", [x, case.feed(ids.astype(np.int64))] + tables, domain=MS, **flags), dtype)


def embed(case):
    batch, length, words, width = case.between(1, 3), case.between(1, 6), case.between(2, 20), case.pick((1, 4, 8, 17))
    segments, own_mask = case.chance(0.6), case.chance(0.5)
    ids = [case.feed(case.rng.integers(0, n, [batch, length]).astype(np.int32)) if n else "" for n in (words, 2 if segments else 0)]
    tables = [case.feed(normal(case, [n, width])) if n else "" for n in (words, 9, 2 if segments else 0)]
    x = ids + tables + [case.feed(normal(case, [width])) for _ in range(2)]
    x.append(case.feed((np.arange(length) < case.rng.integers(1, length + 1, [batch, 1])).astype(np.int32)) if own_mask else "")
    x.append(case.feed(case.rng.integers(0, 9, [case.pick((1, batch)), length]).astype(np.int32)) if case.chance(0.4) else "")
    case.looseness = 100
    wanted = [True, case.chance(0.8), case.chance(0.4)]
    case.results(case.node("EmbedLayerNormalization", x, wanted, MS, epsilon=case.pick((1e-5, 1e-3)), mask_index_type=case.between(0, 1)), np.float32, np.int32,
                 np.float32)


GENERATORS = (attention, attention, multi_head, multi_head, group_query, group_query, group_query, quantized, rotary, embed)
