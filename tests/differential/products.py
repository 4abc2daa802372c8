"""Matrix products and convolutions."""
import numpy as np

from values import normal


def matmul(case):
    dtype = case.pick((np.float32, np.float32, np.float64))
    m, k, n = case.size(), case.size(), case.size()
    batch = [case.size(4) for _ in range(case.between(0, 2))]
    a, b = batch + [m, k], [1 if case.chance(0.3) else d for d in batch][case.between(0, len(batch)):] + [k, n]
    if case.chance(0.1):
        a = [k]
    elif case.chance(0.1):
        b = [k]
    case.looseness = 20
    case.result(case.node("MatMul", [case.feed(normal(case, a, dtype)), case.feed(normal(case, b, dtype))]), dtype)


def gemm(case):
    m, k, n = (max(case.size(), 1) for _ in range(3))
    ta, tb = case.between(0, 1), case.between(0, 1)
    operands = [case.feed(normal(case, [k, m] if ta else [m, k])), case.feed(normal(case, [n, k] if tb else [k, n]))]
    if case.chance(0.7):
        operands.append(case.feed(normal(case, case.pick(([n], [m, n], [1, n], [m, 1], [])))))
    case.looseness = 20
    case.result(case.node("Gemm", operands, transA=ta, transB=tb, alpha=case.pick((1.0, 0.5)), beta=case.pick((1.0, 2.0))), np.float32)


def einsum(case):
    equation, a, b = case.pick((("ij,jk->ik", "ij", "jk"), ("bij,bjk->bik", "bij", "bjk"), ("bhid,bhjd->bhij", "bhid", "bhjd"), ("i,i->", "i", "i"),
                                ("ij,ij->i", "ij", "ij"), ("ii->i", "ii", None), ("ij->ji", "ij", None), ("bij,jk", "bij", "jk")))
    sizes = {letter: case.between(1, 6) for letter in "bhijkd"}
    operands = [case.feed(normal(case, [sizes[x] for x in letters])) for letters in (a, b) if letters]
    case.looseness = 20
    case.result(case.node("Einsum", operands, equation=equation), np.float32)


def window(case, rank):
    kernel = [case.between(1, 3) for _ in range(rank)]
    dilations = [case.pick((1, 1, 2)) for _ in range(rank)]
    strides = [case.pick((1, 1, 2, 3)) for _ in range(rank)]
    pads = [case.between(0, k - 1) for k in kernel + kernel]
    size = [(k - 1) * d + 1 + case.between(0, 9) for k, d in zip(kernel, dilations)]
    attributes = {"kernel_shape": kernel, "dilations": dilations, "strides": strides, "pads": pads}
    if case.chance(0.2):
        attributes.update(pads=None, auto_pad=case.pick(("SAME_UPPER", "SAME_LOWER", "VALID")), dilations=None)
    return size, attributes


def conv(case):
    rank = case.pick((1, 2, 2, 2, 3))
    size, attributes = window(case, rank)
    group = case.pick((1, 1, 2, 4))
    cin, cout = case.pick((1, 2, 3, 8, 16)), case.pick((1, 2, 5, 8, 16))
    if case.chance(0.25):
        cin, cout = 1, case.between(1, 2)  # depthwise, with a multiplier
        group = case.pick((3, 8, 16))
    x, w = normal(case, [case.between(1, 2), cin * group] + size), normal(case, [cout * group, cin] + attributes["kernel_shape"])
    operands = [case.feed(x), case.feed(w, case.chance(0.8))] + ([case.feed(normal(case, [cout * group]))] if case.chance(0.6) else [])
    case.looseness = 30
    y = case.node("Conv", operands, group=group, **attributes)
    if case.chance(0.4):
        y = case.node(case.pick(("Relu", "Sigmoid", "HardSwish", "Tanh")), [y])
    case.result(y, np.float32)


def conv_transpose(case):
    rank, group = case.pick((1, 2, 2, 3)), case.pick((1, 1, 2))
    kernel, strides = [case.between(1, 3) for _ in range(rank)], [case.between(1, 3) for _ in range(rank)]
    cin, cout = case.between(1, 4), case.between(1, 4)
    x, w = normal(case, [case.between(1, 2), cin * group] + [case.between(2, 6) for _ in kernel]), normal(case, [cin * group, cout] + kernel)
    extra = [case.between(0, s - 1) for s in strides]
    operands = [case.feed(x), case.feed(w, case.chance(0.8))] + ([case.feed(normal(case, [cout * group]))] if case.chance(0.5) else [])
    case.looseness = 30
    pads = [case.between(0, (k - 1) // 2) for k in kernel]
    y = case.node("ConvTranspose", operands, group=group, strides=strides, pads=pads + pads, output_padding=extra, kernel_shape=kernel)
    case.result(y, np.float32)


GENERATORS = (matmul, matmul, gemm, einsum, conv, conv, conv, conv_transpose)
