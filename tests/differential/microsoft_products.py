"""com.microsoft's products, convolutions and quantised products. onnxruntime has no CPU kernel for NhwcConv: it carries a formula."""
import numpy as np

from values import narrow, normal, whole_range

MS = "com.microsoft"


def maybe(case, p, array):
    return case.feed(array) if case.chance(p) else ""


def fused_matmul(case):
    op, dtype = case.pick(("FusedMatMul", "FusedMatMul", "TransposeMatMul")), case.pick((np.float32, np.float32, np.float64))
    m, k, n = (max(case.size(), 1) for _ in range(3))
    ta, tb = case.between(0, 1), case.between(0, 1)
    batch = [case.between(1, 3) for _ in range(case.between(0, 2))]
    a, b = batch + ([k, m] if ta else [m, k]), batch + ([n, k] if tb else [k, n])
    both = int(op == "FusedMatMul" and len(batch) >= 1 and case.chance(0.2))
    if both:
        a, b = a[-2:-1] + batch + a[-1:], b[-2:-1] + batch + b[-1:]
    elif case.chance(0.2):
        b = b[-2:]
    elif case.chance(0.1):
        a, ta = [k], 0
    flags = {"transA": ta, "transB": tb, "alpha": case.pick((None, 1.0, 0.5)), "transBatchA": both or None, "transBatchB": both or None}
    case.looseness = 20
    case.result(case.node(op, [case.feed(normal(case, s, dtype)) for s in (a, b)], domain=MS, **flags), dtype)


def fused_gemm(case):
    m, k, n = (max(case.size(), 1) for _ in range(3))
    ta, tb = case.between(0, 1), case.between(0, 1)
    x = [case.feed(normal(case, [k, m] if ta else [m, k])), case.feed(normal(case, [n, k] if tb else [k, n])),
         maybe(case, 0.7, normal(case, case.pick(([n], [m, n], [1, n]))))]
    name, alpha, beta = case.pick((("Relu", None, None), ("LeakyRelu", 0.2, None), ("HardSigmoid", 0.3, 0.4), ("Tanh", None, None), ("Sigmoid", None, None),
                                   ("Elu", 0.7, None)))
    flags = {"transA": ta, "transB": tb, "alpha": case.pick((1.0, 0.5)), "beta": case.pick((1.0, 2.0)), "activation": name, "activation_alpha": alpha,
             "activation_beta": beta}
    case.looseness = 20
    case.result(case.node("FusedGemm", x, domain=MS, **flags), np.float32)


def fused_conv(case):
    kernel, group = [case.between(1, 3), case.between(1, 3)], case.pick((1, 1, 2))
    cin, cout, h, w = case.between(1, 8), case.pick((1, 4, 8)), case.between(3, 9), case.between(3, 9)
    pads, strides = [case.between(0, k - 1) for k in kernel + kernel], [case.pick((1, 1, 2)) for _ in kernel]
    x, weight, bias = normal(case, [case.between(1, 2), cin * group, h, w]), normal(case, [cout * group, cin] + kernel), normal(case, [cout * group])
    name, parameters = case.pick(((None, None), ("Relu", None), ("LeakyRelu", [0.2]), ("Clip", [-0.5, 0.7]), ("HardSigmoid", [0.2, 0.5]), ("Tanh", None),
                                  ("Sigmoid", None)))
    out = [(d + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i, d in enumerate((h, w))]
    z = maybe(case, 0.3, normal(case, [x.shape[0], cout * group] + out))
    operands = [case.feed(x), case.feed(weight, case.chance(0.8)), case.feed(bias) if z else maybe(case, 0.6, bias), z]
    case.looseness = 30
    flags = {"activation": name, "activation_params": parameters, "group": group, "pads": pads, "strides": strides, "kernel_shape": kernel}
    case.result(case.node("FusedConv", operands, domain=MS, **flags), np.float32)


def nhwc_conv(case):
    n, h, w, c, m, k = case.between(1, 2), case.between(3, 6), case.between(3, 6), case.between(1, 5), case.between(1, 6), case.between(1, 3)
    x, weight, bias = normal(case, [n, h, w, c]), normal(case, [m, k, k, c]), normal(case, [m])
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), (1, 2))  # n, oh, ow, c, k, k
    case.expected, case.looseness = [(np.einsum("nhwcij,mijc->nhwm", windows.astype(np.float64), weight) + bias).astype(np.float32)], 30
    case.result(case.node("NhwcConv", [case.feed(x), case.feed(weight, True), case.feed(bias)], domain=MS, kernel_shape=[k, k]), np.float32)


def conv_transpose(case):
    kernel, strides, cin, cout = [case.between(1, 3)] * 2, [case.between(1, 2)] * 2, case.between(1, 4), case.between(1, 4)
    x, w = normal(case, [1, cin, case.between(2, 6), case.between(2, 6)]), normal(case, [cin, cout] + kernel)
    pads = np.array([case.between(0, (k - 1) // 2) for k in kernel] * 2, np.int64)
    operands = [case.feed(x), case.feed(w), case.feed(pads, True), maybe(case, 0.5, normal(case, [cout]))]
    case.looseness = 30
    case.result(case.node("ConvTransposeWithDynamicPads", operands, domain=MS, strides=strides, kernel_shape=kernel), np.float32)


def n_bits(case):
    bits, block = case.pick((4, 4, 4, 2, 8)), case.pick((16, 32, 64))
    m, k, n = case.between(1, 5), case.between(1, 80), case.between(1, 20)
    blocks = -(-k // block)
    weight = case.rng.integers(0, 256, [n, blocks, block * bits // 8]).astype(np.uint8)
    x = [case.feed(normal(case, [m, k] if case.chance(0.6) else [2, m, k])), case.feed(weight, True),
         case.feed(np.abs(normal(case, [n * blocks] if case.chance(0.5) else [n, blocks], scale=0.1)), True)]
    zeros = case.pick(("none", "none", "packed", "float"))
    x.append("" if zeros == "none" else case.feed(case.rng.integers(0, 256, [n, -(-blocks * bits // 8)]).astype(np.uint8), True) if zeros == "packed"
             else case.feed(case.rng.uniform(0, 2 ** bits, [n, blocks]).astype(np.float32), True))
    x += ["", maybe(case, 0.3, normal(case, [n]))]
    case.looseness = 100
    case.result(case.node("MatMulNBits", x, domain=MS, K=k, N=n, bits=bits, block_size=block, accuracy_level=0), np.float32)


def integers(case):
    """MatMulIntegerToFloat, DynamicQuantizeMatMul and QGemm: 8-bit products with scales by tensor or by column."""
    op, m, k, n = case.pick(("MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QGemm")), case.between(1, 9), case.between(1, 40), case.between(1, 20)
    a_type, b_type, column = case.pick((np.uint8, np.int8)), case.pick((np.uint8, np.int8)), [n] if case.chance(0.4) else []
    b_scale, b_zero = case.rng.uniform(0.005, 0.05, column).astype(np.float32), case.rng.integers(0, 20, column).astype(b_type)
    if op == "DynamicQuantizeMatMul":
        x = [case.feed(normal(case, [m, k])), case.feed(narrow(case, [k, n], b_type)), case.feed(b_scale), maybe(case, 0.6, b_zero), maybe(case, 0.5, normal(case, [n]))]
        case.looseness = 200
        return case.result(case.node(op, x, domain=MS), np.float32)
    a_scale, a_zero = np.array(0.02, np.float32), np.array(case.between(0, 100), a_type)
    if op == "MatMulIntegerToFloat":
        x = [case.feed(v) for v in (whole_range(case, [m, k], a_type), narrow(case, [k, n], b_type), a_scale, b_scale)]
        x += [maybe(case, 0.7, a_zero), maybe(case, 0.6, b_zero), maybe(case, 0.5, normal(case, [n]))]
        case.looseness = 20
        return case.result(case.node(op, x, domain=MS), np.float32)
    ta, tb, quantized = case.between(0, 1), case.between(0, 1), case.chance(0.6)
    x = [whole_range(case, [k, m] if ta else [m, k], a_type), a_scale, a_zero, narrow(case, [n, k] if tb else [k, n], b_type), b_scale, b_zero]
    x = [case.feed(v) for v in x] + [maybe(case, 0.5, case.rng.integers(-999, 999, case.pick(([n], [m, n], [1, n]))).astype(np.int32))]
    x += [case.feed(np.array(0.5, np.float32)), case.feed(np.array(case.between(0, 100), a_type))] if quantized else []
    case.looseness, case.steps = 20, int(quantized)
    return case.result(case.node(op, x, domain=MS, transA=ta, transB=tb, alpha=case.pick((1.0, 0.5))), a_type if quantized else np.float32)


def quantized_lstm(case):
    t, n, i, h, d = case.between(1, 4), case.between(1, 3), case.between(1, 6), case.between(1, 6), case.between(1, 2)
    dtype, per_column = case.pick((np.int8, np.uint8)), case.chance(0.4)
    x = [case.feed(normal(case, [t, n, i])), case.feed(narrow(case, [d, i, 4 * h], dtype), True), case.feed(narrow(case, [d, h, 4 * h], dtype), True)]
    x += [maybe(case, 0.6, normal(case, [d, 8 * h])), "", maybe(case, 0.4, normal(case, [d, n, h])), "", ""]
    for _ in range(2):
        shape = [d, 4 * h] if per_column else [d]
        x += [case.feed(case.rng.uniform(0.002, 0.01, shape).astype(np.float32), True),
              case.feed(np.full(shape, case.between(0, 5) if dtype == np.uint8 else 0, dtype), True)]
    case.looseness = 20000  # onnxruntime quantises the input and the state of every step; we keep them as they are
    names = case.node("DynamicQuantizeLSTM", x, 3, MS, hidden_size=h, direction=("forward", "bidirectional")[d - 1])
    case.results(names, np.float32)


GENERATORS = (fused_matmul, fused_matmul, fused_gemm, fused_conv, fused_conv, nhwc_conv, conv_transpose, n_bits, n_bits, integers, integers, integers, quantized_lstm)
