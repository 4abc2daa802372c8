"""Matrix products, convolutions, pools, resizing, recurrent layers, quantisation."""
import numpy as np

from values import normal, whole_range


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


def pool(case):
    rank = case.pick((1, 2, 2, 3))
    size, attributes = window(case, rank)
    op = case.pick(("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool"))
    x = case.feed(normal(case, [case.between(1, 2), case.pick((1, 3, 8, 16))] + size))
    if op.startswith("Global"):
        attributes = {}
    elif op == "AveragePool":
        attributes["count_include_pad"] = case.between(0, 1)
        attributes["dilations"] = None
    elif op == "MaxPool":
        attributes["ceil_mode"] = 0 if "auto_pad" in attributes else case.between(0, 1)
    else:
        attributes.update(p=case.between(1, 2), dilations=None)
    case.looseness = 10
    case.result(case.node(op, [x], **attributes), np.float32)


def resize(case):
    n, c, h, w = case.between(1, 2), case.between(1, 4), case.between(1, 9), case.between(1, 9)
    mode = case.pick(("nearest", "linear", "cubic"))
    how = case.pick(("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"))
    attributes = {"mode": mode, "coordinate_transformation_mode": how}
    if mode == "nearest":
        attributes["nearest_mode"] = case.pick(("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"))
    x = case.feed(normal(case, [n, c, h, w]))
    target = case.ints([n, c, case.between(1, 18), case.between(1, 18)], True)
    scales = case.feed(np.array([1, 1, case.pick((0.5, 1.5, 2.0)), case.pick((0.5, 2.0, 3.0))], np.float32), True)
    inputs = [x, "", "", target] if case.chance(0.5) or h == 1 or w == 1 else [x, "", scales]
    case.looseness = 30
    case.result(case.node("Resize", inputs, **attributes), np.float32)


def grid_sample(case):
    case.opset = max(case.opset, 20)
    n, c, h, w = case.between(1, 2), case.between(1, 3), case.between(2, 6), case.between(2, 6)
    grid = case.rng.uniform(-1.3, 1.3, (n, case.between(1, 5), case.between(1, 5), 2)).astype(np.float32)
    attributes = {"mode": case.pick(("linear", "nearest", "cubic")), "padding_mode": case.pick(("zeros", "border", "reflection")), "align_corners": case.between(0, 1)}
    case.looseness = 50
    case.result(case.node("GridSample", [case.feed(normal(case, [n, c, h, w])), case.feed(grid)], **attributes), np.float32)


def recurrent(case):
    op = case.pick(("LSTM", "GRU", "RNN"))
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[op]
    t, n, i, h = case.between(1, 5), case.between(1, 3), case.between(1, 6), case.between(1, 6)
    direction = case.pick(("forward", "reverse", "bidirectional"))
    d = 2 if direction == "bidirectional" else 1
    operands = [case.feed(normal(case, [t, n, i])), case.feed(normal(case, [d, gates * h, i], scale=0.5)), case.feed(normal(case, [d, gates * h, h], scale=0.5))]
    operands.append(case.feed(normal(case, [d, 2 * gates * h])) if case.chance(0.6) else "")
    operands.append(case.feed(case.rng.integers(1, t + 1, n).astype(np.int32)) if case.chance(0.4) else "")
    operands += [case.feed(normal(case, [d, n, h])) if case.chance(0.5) else ""]
    attributes = {"hidden_size": h, "direction": direction}
    if op == "GRU":
        attributes["linear_before_reset"] = case.between(0, 1)
    case.looseness = 30
    for name in case.node(op, operands, outputs=3 if op == "LSTM" else 2, **attributes):
        case.result(name, np.float32)


def quantize(case):
    kind = case.pick(("static", "dynamic", "dequantize", "matmul_integer", "conv_integer"))
    shape = [max(d, 1) for d in case.shape(1, 3)]
    dtype = case.pick((np.uint8, np.int8))
    scale = case.feed(np.array(case.rng.uniform(0.01, 0.3), np.float32))
    zero = case.feed(np.array(case.between(0, 9), dtype))
    if kind == "static":
        case.result(case.node("QuantizeLinear", [case.feed(normal(case, shape, scale=5.0)), scale, zero]), dtype)
    elif kind == "dynamic":
        outputs = case.node("DynamicQuantizeLinear", [case.feed(normal(case, shape, scale=5.0))], outputs=3)
        for name, kind_of in zip(outputs, (np.uint8, np.float32, np.uint8)):
            case.result(name, kind_of)
    elif kind == "dequantize":
        case.result(case.node("DequantizeLinear", [case.feed(whole_range(case, shape, dtype)), scale, zero]), np.float32)
    elif kind == "matmul_integer":
        m, k, n = (case.between(1, 40) for _ in range(3))
        operands = [case.feed(whole_range(case, [m, k], np.uint8)), case.feed(whole_range(case, [k, n], dtype), case.chance(0.8))]
        zeros = [case.feed(np.array(case.between(0, 200), np.uint8)), case.feed(np.array(case.between(0, 9), dtype))]
        case.result(case.node("MatMulInteger", operands + zeros), np.int32)
    else:
        size, attributes = window(case, 2)
        x, w = whole_range(case, [1, 4] + size, np.uint8), whole_range(case, [6, 4] + attributes["kernel_shape"], np.uint8)
        case.result(case.node("ConvInteger", [case.feed(x), case.feed(w), case.feed(np.array(case.between(0, 9), np.uint8))], **attributes), np.int32)


GENERATORS = (matmul, matmul, gemm, einsum, conv, conv, conv, conv_transpose, pool, pool, resize, grid_sample, recurrent, quantize)
