"""LSTM, GRU and RNN: every direction, activation, layout, lengths, initial states, peepholes, clipping; judged by recurrence.py where onnxruntime refuses."""
import numpy as np

import recurrence
from values import normal

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
NUMBERS = {"Affine": (0.5, 0.1), "LeakyRelu": (0.1,), "ThresholdedRelu": (0.2,), "ScaledTanh": (0.8, 0.6), "HardSigmoid": (0.3, 0.4), "Elu": (0.7,)}


def activations(case, op, directions):
    """Attributes: the defaults, by name or left out, or others with their numbers."""
    names = list(recurrence.DEFAULTS[op]) * directions
    if case.chance(0.4):
        return {"activations": names} if case.chance(0.3) else {}
    names = [case.pick(sorted(recurrence.ACTIVATIONS)) for _ in names]
    numbers = [NUMBERS[n] for n in names if n in NUMBERS]
    betas = [n[1] for n in numbers if len(n) > 1]
    return {"activations": names} | ({"activation_alpha": [n[0] for n in numbers]} if numbers else {}) | ({"activation_beta": betas} if betas else {})


def recurrent(case):
    op, dtype = case.pick(sorted(GATES)), case.pick((np.float32, np.float32, np.float32, np.float64))
    direction = case.pick(("forward", "reverse", "bidirectional"))
    d, gates, layout = 2 if direction == "bidirectional" else 1, GATES[op], int(case.chance(0.15))
    t, n, i, h = case.between(1, 5), case.between(1, 3), case.between(1, 9), case.pick((1, 2, 3, 8, 17))
    state = [n, d, h] if layout else [d, n, h]
    arrays = [normal(case, s, dtype, scale) for s, scale in (([n, t, i] if layout else [t, n, i], 1.0), ([d, gates * h, i], 0.5), ([d, gates * h, h], 0.5))]
    arrays.append(normal(case, [d, 2 * gates * h], dtype) if case.chance(0.6) else None)
    arrays.append(case.rng.integers(1, t + 1, n).astype(np.int32) if case.chance(0.4) else None)
    arrays.append(normal(case, state, dtype) if case.chance(0.5) else None)
    flags = {"hidden_size": h, "direction": direction, "layout": layout or None, "clip": case.pick((None, None, None, 1.5))} | activations(case, op, d)
    if op == "LSTM":
        arrays.append(normal(case, state, dtype) if case.chance(0.5) else None)
        arrays.append(normal(case, [d, 3 * h], dtype, 0.5) if case.chance(0.3) else None)
        flags["input_forget"] = case.pick((None, None, None, 1))
    elif op == "GRU":
        flags["linear_before_reset"] = case.between(0, 1)
    wanted = [case.chance(0.8) for _ in range(3 if op == "LSTM" else 2)]
    wanted[1] = wanted[1] or not any(wanted)
    case.looseness = 50
    case.expected = [y.astype(dtype) for y, there in zip(recurrence.outputs(op, arrays, flags), wanted) if there]
    operands = [case.feed(a, True if k in (1, 2) and case.chance(0.8) else None) if a is not None else "" for k, a in enumerate(arrays)]
    case.results(case.node(op, operands, wanted, **flags), dtype)


GENERATORS = (recurrent,)
