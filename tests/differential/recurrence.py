"""LSTM, GRU and RNN by the standard's formulas, one item and one step after another, in double. (onnx's evaluator knows no activations but the
default ones, no clip, no layout and no lengths.)"""
import numpy as np

# name: (function of x, alpha, beta), default alpha, default beta; None where it has no such number.
ACTIVATIONS = {"Relu": (lambda x, a, b: np.maximum(x, 0), None, None), "Tanh": (lambda x, a, b: np.tanh(x), None, None),
               "Sigmoid": (lambda x, a, b: 1 / (1 + np.exp(-x)), None, None), "Softsign": (lambda x, a, b: x / (1 + np.abs(x)), None, None),
               "Softplus": (lambda x, a, b: np.logaddexp(0, x), None, None), "Affine": (lambda x, a, b: a * x + b, 1.0, 0.0),
               "LeakyRelu": (lambda x, a, b: np.where(x >= 0, x, a * x), 0.01, None), "ThresholdedRelu": (lambda x, a, b: np.where(x >= a, x, 0), 1.0, None),
               "ScaledTanh": (lambda x, a, b: a * np.tanh(b * x), 1.0, 1.0), "HardSigmoid": (lambda x, a, b: np.clip(a * x + b, 0, 1), 0.2, 0.5),
               "Elu": (lambda x, a, b: np.where(x >= 0, x, a * (np.exp(x) - 1)), 1.0, None)}
DEFAULTS = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}


def functions(names, alphas, betas, clip):
    """Each takes the next alpha and beta of the lists, if it has any; what goes in is clipped."""
    alphas, betas, made = list(alphas), list(betas), []
    for function, alpha, beta in (ACTIVATIONS[n] for n in names):
        a = alphas.pop(0) if alpha is not None and alphas else alpha
        b = betas.pop(0) if beta is not None and betas else beta
        made.append(lambda x, function=function, a=a, b=b: function(np.clip(x, -clip, clip) if clip else x, a, b))
    return made


def step(op, f, x, h, c, w, r, bias, peephole, flags):
    """h and c after one more x; w, r and bias [gates, ...]."""
    gates = len(w)
    wx, rb = w @ x + bias[:gates], bias[gates:]
    if op == "RNN":
        return f[0](wx[0] + r[0] @ h + rb[0]), c
    if op == "GRU":
        z, reset = (f[0](wx[k] + r[k] @ h + rb[k]) for k in (0, 1))
        inner = reset * (r[2] @ h + rb[2]) if flags.get("linear_before_reset") else r[2] @ (reset * h) + rb[2]
        return (1 - z) * f[1](wx[2] + inner) + z * h, c
    total = wx + r @ h + rb  # i, o, f, c
    i = f[0](total[0] + peephole[0] * c)
    forget = 1 - i if flags.get("input_forget") else f[0](total[2] + peephole[2] * c)
    c = forget * c + i * f[1](total[3])
    return f[0](total[1] + peephole[1] * c) * f[2](c), c


def outputs(op, arrays, flags):
    """Y, Y_h and Y_c. `arrays` are the inputs, None for those left out."""
    x, w, r, bias, lengths, h0, c0, peephole = (None if a is None else np.asarray(a, np.float64) for a in list(arrays) + [None] * (8 - len(arrays)))
    last = bool(flags.get("layout"))
    x = x.transpose(1, 0, 2) if last else x
    (steps, items, _), directions, size = x.shape, len(w), r.shape[2]
    gates, names = w.shape[1] // size, flags.get("activations") or DEFAULTS[op] * directions
    start = [np.zeros((directions, items, size)) if s is None else s.transpose(1, 0, 2) if last else s for s in (h0, c0)]
    bias = np.zeros((directions, 2 * gates * size)) if bias is None else bias
    peephole = np.zeros((directions, 3 * size)) if peephole is None else peephole
    f = functions(names, flags.get("activation_alpha", ()), flags.get("activation_beta", ()), flags.get("clip"))
    y, (h_end, c_end), each = np.zeros((steps, directions, items, size)), [s.copy() for s in start], len(f) // directions
    for d in range(directions):
        backwards = d == 1 or flags.get("direction") == "reverse"
        parts = w[d].reshape(gates, size, -1), r[d].reshape(gates, size, size), bias[d].reshape(2 * gates, size), peephole[d].reshape(3, size)
        for b in range(items):
            length = steps if lengths is None else int(lengths[b])
            for t in reversed(range(length)) if backwards else range(length):
                h_end[d, b], c_end[d, b] = step(op, f[d * each:(d + 1) * each], x[t, b], h_end[d, b], c_end[d, b], *parts, flags)
                y[t, d, b] = h_end[d, b]
    return [y.transpose(2, 0, 1, 3), h_end.transpose(1, 0, 2), c_end.transpose(1, 0, 2)] if last else [y, h_end, c_end]
