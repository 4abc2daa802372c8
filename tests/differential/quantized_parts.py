"""What quantised models are made of: scales and zero points, tensors that come dequantised, results that go quantised."""
import numpy as np

from values import narrow

KINDS = (np.uint8, np.int8)


def grid(case, dtype, low=0.01, high=0.1):
    """Names of a scale and a zero point by tensor: constants, as in all such models."""
    return [case.feed(np.array(case.rng.uniform(low, high), np.float32), True),
            case.feed(np.array(case.between(-9, 9) if dtype == np.int8 else case.between(100, 150), dtype), True)]


def channel_grid(case, count, dtype):
    """The same for weights, one per channel or one for all; mostly symmetric."""
    shape = [count] if case.chance(0.5) else []
    zero = np.zeros(shape, dtype) if case.chance(0.7) else case.rng.integers(0, 9, shape).astype(dtype)
    return [case.feed(case.rng.uniform(0.002, 0.02, shape).astype(np.float32), True), case.feed(zero, True)], bool(shape)


def quantize_dequantize(case, x, dtype, low=0.02, high=0.1):
    parts = grid(case, dtype, low, high)
    return case.node("DequantizeLinear", [case.node("QuantizeLinear", [x] + parts)] + parts)


def weight(case, shape, axis):
    """A weight that comes dequantised."""
    dtype = case.pick((np.int8, np.int8, np.uint8))
    parts, by_channel = channel_grid(case, shape[axis], dtype)
    return case.node("DequantizeLinear", [case.feed(narrow(case, shape, dtype), True)] + parts, axis=axis if by_channel else None)


def activate(case, y):
    return case.node(case.pick(("Relu", "Sigmoid", "HardSwish", "LeakyRelu")), [y]) if case.chance(0.4) else y


def finish(case, y):
    """A step of the last grid, at least: sums near a tie may fall on either side, and later rounding carries that on."""
    dtype = case.pick(KINDS)
    if case.chance(0.5):
        case.steps = 1
        case.result(case.node("QuantizeLinear", [y] + grid(case, dtype, 0.05, 0.2)), dtype)
    else:
        case.looseness = 100
        case.result(y, np.float32)
