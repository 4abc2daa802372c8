"""Windows and images: pools, resizing, sampling, regions, boxes."""
import numpy as np

from products import window
from values import any_values, normal


def pool(case):
    """Also 8-bit and double ones, with the places of the largest, and with rows that only padding fills up."""
    rank, op = case.pick((1, 2, 2, 3)), case.pick(("MaxPool", "MaxPool", "AveragePool", "LpPool"))
    size, attributes = window(case, rank)
    dtype = case.pick((np.float32, np.float64, np.int8, np.uint8, np.float16) if op == "MaxPool" else (np.float32, np.float32, np.float64, np.float16))
    case.opset = max(case.opset, 22 if dtype == np.float16 else 19)
    if "auto_pad" not in attributes:
        attributes["ceil_mode"] = case.between(0, 1)
    x = case.feed(any_values(case, [case.between(1, 2), case.pick((1, 3, 8))] + size, dtype) if np.dtype(dtype).kind in "iu" else normal(case, [1, 3] + size, dtype))
    case.looseness = 10
    if attributes.get("auto_pad", "VALID") != "VALID" and any(s > k for s, k in zip(attributes["strides"], attributes["kernel_shape"])):
        case.distrusted.add("onnxruntime")  # steps longer than the window make its padding negative: MaxPool then refuses, the others begin inside
    if op == "MaxPool" and attributes.get("auto_pad", "VALID") != "VALID" and any(s > 1 for s in attributes["strides"]):
        case.distrusted.add("evaluator")  # its windows begin elsewhere: some maxima are of elements outside
    if op == "AveragePool":
        attributes["count_include_pad"] = case.between(0, 1)
    elif op == "LpPool":
        attributes["p"] = case.between(1, 3)
        case.distrusted.add("evaluator")  # where ceil_mode lets a window reach over the edge, it weighs the elements that are there by those that aren't
    two = op == "MaxPool" and case.chance(0.3)
    if two:
        attributes["storage_order"] = case.between(0, 1)
    case.results(case.node(op, [x], 2 if two else 1, **attributes), dtype, np.int64)


def global_pool(case):
    dtype = case.pick((np.float32, np.float32, np.float64))
    op = case.pick(("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"))
    case.looseness = 20
    x = case.feed(normal(case, [case.between(1, 3), case.between(1, 9)] + [case.between(1, 7) for _ in range(case.between(1, 3))], dtype))
    if op == "GlobalMaxPool":
        case.distrusted.add("evaluator")  # it reduces two dimensions, however many there are
    case.result(case.node(op, [x], p=case.between(1, 2) if op == "GlobalLpPool" else None), dtype)


def resize(case):
    """1 to 3 dimensions, by scales or sizes, with axes, aspect policies, antialiasing, regions, cubic coefficients."""
    rank = case.pick((1, 2, 2, 2, 3))
    space = [case.between(1, 7) for _ in range(rank)]
    mode = case.pick(("nearest", "linear", "cubic")) if rank <= 2 else case.pick(("nearest", "linear"))
    how = case.pick(("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric", "tf_crop_and_resize"))
    attributes = {"mode": mode, "coordinate_transformation_mode": how}
    dtype = case.pick((np.float32, np.float32, np.float32, np.uint8, np.int8)) if mode != "cubic" else np.float32
    roi = ""
    if how == "tf_crop_and_resize":
        low = case.rng.uniform(0, 0.4, rank)
        box = np.concatenate([np.zeros(2), low, np.ones(2), low + case.rng.uniform(0.3, 0.8, rank)])
        roi, attributes["extrapolation_value"] = case.feed(box.astype(np.float32), True), case.pick((None, 1.5))
    elif mode != "nearest" and case.chance(0.3):
        attributes["antialias"] = 1
    if mode == "nearest":
        attributes["nearest_mode"] = case.pick(("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"))
    elif mode == "cubic":
        attributes |= {"cubic_coeff_a": case.pick((None, -0.5)), "exclude_outside": case.between(0, 1)}
    batch = [case.between(1, 2), case.between(1, 3)]
    x = case.feed(any_values(case, batch + space, dtype) if dtype != np.float32 else normal(case, batch + space))
    axes = case.chance(0.3) and not roi
    attributes["axes"] = list(range(2, 2 + rank)) if axes else None
    if case.chance(0.5) and not roi:
        factors = [case.pick([f for f in (0.5, 0.7, 1.0, 1.5, 2.0, 3.0) if int(f * d) > 0]) for d in space]
        operands = [x, roi, case.feed(np.array(([] if axes else [1, 1]) + factors, np.float32), True)]
    else:
        operands = [x, roi, "", case.ints(([] if axes else batch) + [case.between(1, 12) for _ in space], True)]
        attributes["keep_aspect_ratio_policy"] = case.pick((None, None, "not_larger", "not_smaller")) if axes else None
    case.looseness, case.steps = 50, int(dtype != np.float32)
    case.result(case.node("Resize", operands, **attributes), dtype)


def grid_sample(case):
    case.opset = max(case.opset, 20)
    rank = case.pick((2, 2, 3))
    n, c, size = case.between(1, 2), case.between(1, 3), [case.between(1, 6) for _ in range(rank)]
    dtype = case.pick((np.float32, np.float32, np.float64))
    grid = case.rng.uniform(-1.4, 1.4, [n] + [case.between(1, 4) for _ in range(rank)] + [rank]).astype(dtype)
    modes = ("linear", "nearest", "cubic") if rank == 2 else ("linear", "nearest")
    flags = {"mode": case.pick(modes), "padding_mode": case.pick(("zeros", "border", "reflection")), "align_corners": case.between(0, 1)}
    case.looseness = 50
    case.result(case.node("GridSample", [case.feed(normal(case, [n, c] + size, dtype)), case.feed(grid)], **flags), dtype)


def affine_grid(case):
    case.opset, rank = max(case.opset, 20), case.pick((2, 3))
    n, dtype = case.between(1, 3), case.pick((np.float32, np.float64))
    size = case.ints([n, case.between(1, 3)] + [case.between(2, 5) for _ in range(rank)])  # of one place, onnxruntime takes -1, PyTorch and we 0
    case.looseness = 20
    case.result(case.node("AffineGrid", [case.feed(normal(case, [n, rank, rank + 1], dtype)), size], align_corners=case.between(0, 1)), dtype)


def roi_align(case):
    n, c, h, w, count = case.between(1, 2), case.between(1, 3), case.between(2, 8), case.between(2, 8), case.between(0 if case.chance(0.1) else 1, 4)
    corner = case.rng.uniform(-1, 6, (count, 2))
    boxes = np.concatenate([corner, corner + case.rng.uniform(0.2, 6, (count, 2))], 1).astype(np.float32)
    flags = {"mode": case.pick((None, "avg", "max")), "output_height": case.between(1, 4), "output_width": case.between(1, 4), "spatial_scale": case.pick((1.0, 0.5)),
             "sampling_ratio": case.between(0, 3), "coordinate_transformation_mode": case.pick((None, "half_pixel", "output_half_pixel"))}
    case.looseness = 100
    x = [normal(case, [n, c, h, w]), boxes, case.rng.integers(0, n, count)]
    if flags["mode"] == "max":  # onnxruntime takes the largest of the four weighted neighbours, the standard the largest of the interpolated values
        case.distrusted.add("onnxruntime")
    case.result(case.node("RoiAlign", [case.feed(v) for v in x], **flags), np.float32)


def suppression(case):
    batch, classes, count = case.between(1, 2), case.between(1, 3), case.between(0 if case.chance(0.1) else 1, 12)
    centre = case.chance(0.4)
    first, second = case.rng.uniform(0, 4, (batch, count, 2)), case.rng.uniform(0.5, 3, (batch, count, 2))
    boxes = np.concatenate([first, second if centre else first + second], 2).astype(np.float32)
    scores = (case.rng.permutation(batch * classes * count).reshape(batch, classes, count) / 50).astype(np.float32)  # no equal ones: their order is open
    x = [case.feed(boxes), case.feed(scores)]
    limits = [np.array(case.between(0, 5), np.int64), np.array(case.pick((0.0, 0.3, 0.7)), np.float32), np.array(case.pick((0.0, 0.1, 0.4)), np.float32)]
    x += [case.feed(v) for v in limits[:case.between(1, 3)]]
    case.result(case.node("NonMaxSuppression", x, center_point_box=int(centre)), np.int64)


def deform_conv(case):
    case.opset = max(case.opset, 19)
    group, groups, kernel = case.pick((1, 2)), case.pick((1, 2)), [case.between(1, 3), case.between(1, 3)]
    cin, cout, h, w = case.between(1, 2) * group * groups, case.between(1, 3) * group, case.between(3, 6), case.between(3, 6)
    pads, strides = [case.between(0, 1) for _ in range(4)], [case.between(1, 2) for _ in kernel]
    out = [(d + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i, d in enumerate((h, w))]
    places = kernel[0] * kernel[1] * groups
    x = [normal(case, [1, cin, h, w]), normal(case, [cout, cin // group] + kernel), normal(case, [1, 2 * places] + out)]
    operands = [case.feed(v) for v in x] + [case.feed(normal(case, [cout])) if case.chance(0.5) else "",
                                            case.feed(case.rng.random([1, places] + out, np.float32)) if case.chance(0.5) else ""]
    case.looseness = 100
    case.result(case.node("DeformConv", operands, group=group, offset_group=groups, pads=pads, strides=strides, kernel_shape=kernel), np.float32)


def col2im(case):
    block, image = [case.between(1, 3), case.between(1, 3)], [case.between(3, 6), case.between(3, 6)]
    pads, strides = [case.between(0, 1) for _ in range(4)], [case.between(1, 2) for _ in block]
    steps = [(d + pads[i] + pads[i + 2] - block[i]) // strides[i] + 1 for i, d in enumerate(image)]
    x = normal(case, [case.between(1, 2), case.between(1, 3) * block[0] * block[1], steps[0] * steps[1]])
    case.looseness = 10
    case.result(case.node("Col2Im", [case.feed(x), case.ints(image), case.ints(block)], pads=pads, strides=strides), np.float32)


GENERATORS = (pool, pool, pool, global_pool, resize, resize, resize, grid_sample, affine_grid, roi_align, suppression, suppression, deform_conv, col2im)
