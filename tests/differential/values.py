"""Random elements: ordinary, huge, tiny, denormal, infinite, NaN, signed zeros; integers at the ends of their range."""
import numpy as np

from case import FLOATS, INTEGERS


def normal(case, shape, dtype=np.float32, scale=1.0):
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return case.rng.random(shape) < 0.5
    if dtype.kind in "iu":
        low = -9 if dtype.kind == "i" else 0
        return case.rng.integers(low, 10, shape).astype(dtype)
    return (case.rng.standard_normal(shape) * scale).astype(dtype)


def whole_range(case, shape, dtype):
    """Integers over their whole range, the ends included."""
    info = np.iinfo(dtype)
    values = case.rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    edges = np.array([info.min, info.max, 0, 1], dtype)
    return np.where(case.rng.random(shape) < 0.2, edges[case.rng.integers(0, 4, shape)], values).astype(dtype)


def narrow(case, shape, dtype):
    """Weights of 7 bits: with 8, onnxruntime's kernels for AVX2 saturate sums of two products at 16 bits."""
    return (whole_range(case, shape, dtype) // 2).astype(dtype)


def special(case, shape, dtype):
    """Floats of every magnitude of the type, with some that are not ordinary numbers."""
    dtype = np.dtype(dtype)
    narrow = dtype.name == "float16"
    exponent = case.rng.uniform(-9 if narrow else -44, 4 if narrow else 38, shape)
    with np.errstate(all="ignore"):
        values = (case.rng.choice([-1.0, 1.0], shape) * 10.0 ** exponent).astype(dtype)
    odd = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 1e-40, 6e-8], np.float64).astype(dtype)
    return np.where(case.rng.random(shape) < 0.3, odd[case.rng.integers(0, len(odd), shape)], values).astype(dtype)


def any_values(case, shape, dtype):
    """What an element-wise operator must cope with."""
    dtype = np.dtype(dtype)
    if dtype == np.bool_ or case.chance(0.5):
        return normal(case, shape, dtype, scale=case.pick((1.0, 5.0)))
    return whole_range(case, shape, dtype) if dtype.kind in "iu" else special(case, shape, dtype)


def broadcast_pair(case, most=4):
    """Two shapes that broadcast to one."""
    shape = case.shape(0, most)
    parts = []
    for _ in range(2):
        part = [1 if case.chance(0.25) else d for d in shape]
        parts.append(part[case.between(0, len(part)):] if case.chance(0.3) else part)
    return parts


MOVABLE = FLOATS + INTEGERS + (np.bool_,)


def movable(case, shape):
    dtype = case.pick(MOVABLE if case.chance(0.4) else (np.float32,))
    return case.feed(any_values(case, shape, dtype)), dtype
