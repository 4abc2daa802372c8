"""Fourier transforms, windows, mel weights, and the losses and odd operators of mathematics."""
import numpy as np
from onnx import TensorProto

from values import normal


def dft(case):
    case.opset = max(case.opset, 20)
    dtype, inverse, onesided = case.pick((np.float32, np.float32, np.float64)), case.between(0, 1), case.between(0, 1)
    size, complex_in = case.between(1, 17), case.chance(0.5) and not onesided
    if inverse and onesided:
        inverse = 0
    shape = [case.between(1, 3), size] + ([case.between(1, 3)] if case.chance(0.3) else []) + [2 if complex_in or inverse else 1]
    length = case.feed(np.array(case.between(1, 20), np.int64), True) if case.chance(0.4) else ""
    case.looseness = 100
    case.result(case.node("DFT", [case.feed(normal(case, shape, dtype)), length, case.feed(np.array(1, np.int64), True)], inverse=inverse, onesided=onesided), dtype)


def stft(case):
    frame, dtype = case.pick((4, 8, 16)), case.pick((np.float32, np.float32, np.float64))
    x = case.feed(normal(case, [case.between(1, 2), frame + case.between(0, 30), 1], dtype))
    window = case.feed(normal(case, [frame], dtype)) if case.chance(0.6) else ""
    length = case.feed(np.array(frame, np.int64), True) if not window or case.chance(0.5) else ""
    case.looseness = 100
    case.result(case.node("STFT", [x, case.feed(np.array(case.between(1, 5), np.int64), True), window, length], onesided=case.between(0, 1)), dtype)


def windows(case):
    if case.chance(0.7):
        dtype, to = case.pick(((np.float32, None), (np.float64, TensorProto.DOUBLE), (np.float16, TensorProto.FLOAT16)))
        op = case.pick(("HannWindow", "HammingWindow", "BlackmanWindow"))
        size = case.feed(np.array(case.between(2, 20), case.pick((np.int32, np.int64))))
        case.looseness = 5
        return case.result(case.node(op, [size], periodic=case.between(0, 1), output_datatype=to), dtype)
    numbers = [np.array(v, np.int64) for v in (case.between(2, 9), case.pick((16, 32)), case.pick((8000, 16000)))]
    numbers += [np.array(v, np.float32) for v in (0.0, case.pick((4000.0, 3000.0)))]
    case.looseness = 20
    return case.result(case.node("MelWeightMatrix", [case.feed(v) for v in numbers]), np.float32)


def losses(case):
    n, c, more = case.between(1, 4), case.between(1, 5), [case.between(1, 3) for _ in range(case.between(0, 2))]
    dtype, weighted = case.pick((np.float32, np.float64)), case.chance(0.4)
    ignore = case.pick((None, 0, -1))
    target = case.rng.integers(0, c, [n] + more).astype(case.pick((np.int32, np.int64)))
    target.ravel()[0] = c - 1  # one counts in any case: the mean over none is 0 / 0
    ignore = ignore if c > 1 else None
    operands = [normal(case, [n, c] + more, dtype), target] + ([np.abs(normal(case, [c], dtype)) + dtype(0.1)] if weighted else [])
    flags = {"reduction": case.pick(("none", "mean", "sum")), "ignore_index": ignore}
    case.looseness = 30
    if case.chance(0.5):
        return case.result(case.node("NegativeLogLikelihoodLoss", [case.feed(v) for v in operands], **flags), dtype)
    return case.results(case.node("SoftmaxCrossEntropyLoss", [case.feed(v) for v in operands], case.between(1, 2), **flags), dtype)


def matrices(case):
    op, size, dtype = case.pick(("Det", "Hardmax", "MaxUnpool", "ReverseSequence", "CenterCropPad", "TfIdfVectorizer")), case.between(1, 5), np.float32
    if op == "Det":
        dtype, case.looseness = case.pick((np.float32, np.float64)), 200
        case.result(case.node(op, [case.feed(normal(case, [case.between(1, 3)] * case.between(0, 1) + [size, size], dtype))]), dtype)
    elif op == "Hardmax":
        shape = [max(d, 1) for d in case.shape(1, 3)]
        case.result(case.node(op, [case.feed(np.round(normal(case, shape)))], axis=case.axis(len(shape))), dtype)
    elif op == "MaxUnpool":
        x = case.feed(normal(case, [1, case.between(1, 3), 4 + 2 * case.between(0, 2), 6]))
        values, places = case.node("MaxPool", [x], 2, kernel_shape=[2, 2], strides=[2, 2])
        case.result(case.node(op, [values, places], kernel_shape=[2, 2], strides=[2, 2]), dtype)
    elif op == "ReverseSequence":
        batch, time = case.pick(((0, 1), (1, 0)))
        shape = [case.between(1, 5), case.between(1, 5)] + case.shape(0, 2)
        dtype = case.pick((np.float32, np.int64, np.float64))
        lengths = case.rng.integers(1, shape[time] + 1, shape[batch])
        case.result(case.node(op, [case.feed(normal(case, shape, dtype)), case.feed(lengths)], batch_axis=batch, time_axis=time), dtype)
    elif op == "CenterCropPad":
        shape = [case.between(1, 6) for _ in range(case.between(1, 3))]
        axes = [int(a) for a in case.rng.permutation(len(shape))[:case.between(1, len(shape))]]
        x = [case.feed(normal(case, shape)), case.ints([case.between(1, 9) for _ in axes])]
        case.result(case.node(op, x, axes=[a - len(shape) if case.chance(0.4) else a for a in axes]), dtype)
    else:
        rows = [case.between(1, 3)] * case.between(0, 1)
        x = case.feed(case.rng.integers(1, 8, rows + [case.between(1, 12)]).astype(case.pick((np.int32, np.int64))))
        flags = {"min_gram_length": case.between(1, 2), "max_gram_length": 2, "max_skip_count": case.between(0, 3), "mode": case.pick(("TF", "IDF", "TFIDF")),
                 "pool_int64s": [2, 3, 5, 4, 5, 6, 7, 1, 2], "ngram_counts": [0, 3], "ngram_indexes": [0, 1, 2, 3, 4, 5], "weights": [0.5, 1.0, 2.0, 1.5, 0.25, 3.0]}
        case.result(case.node(op, [x], **flags), dtype)


GENERATORS = (dft, dft, stft, windows, losses, matrices, matrices)
