"""ai.onnx.ml without the trees: support vectors, linear models, scalers, encoders, maps."""
import numpy as np
from onnx import TensorProto, helper

from values import normal

ML = "ai.onnx.ml"
WORDS = ("a", "bb", "Ab", "", "z", "ä", "cat", "dog")
TRANSFORMS = (None, "NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT")


def floats(array):
    return [float(v) for v in np.asarray(array, np.float32).ravel()]


def matrix(case, columns, types=(np.float32, np.float32, np.float64, np.int64, np.int32)):
    return case.feed(normal(case, [case.pick((1, 2, 6, 20)), columns], case.pick(types)), False)


def kernel(case):
    return {"kernel_type": case.pick(("LINEAR", "POLY", "RBF", "SIGMOID")), "kernel_params": floats([0.3, 0.5, case.pick((1, 2, 3))])}


def svm_regressor(case):
    columns, vectors = case.between(1, 5), case.between(1, 6)
    one_class = case.between(0, 1) if case.chance(0.3) else None
    case.looseness = 50
    attributes = kernel(case) | {"support_vectors": floats(normal(case, [vectors, columns])), "n_supports": vectors, "coefficients": floats(normal(case, [vectors])),
                                 "rho": floats(normal(case, [1])), "one_class": one_class}  # onnxruntime and the evaluator leave post_transform out
    if case.chance(0.3):
        attributes |= {"kernel_type": "LINEAR", "n_supports": 0, "support_vectors": None, "coefficients": floats(normal(case, [columns]))}
    case.result(case.node("SVMRegressor", [matrix(case, columns, (np.float32,))], domain=ML, **attributes), np.float32)


def labels(case, count):
    words = case.chance(0.4)
    numbers = sorted(int(v) for v in case.rng.permutation(20)[:count])
    return np.dtype(object if words else np.int64), {"classlabels_strings": [f"c{n:02}" for n in numbers]} if words else {"classlabels_ints": numbers}


def svm_classifier(case):
    columns, classes = case.between(1, 5), case.between(2, 4)
    per_class = [case.between(1, 4) for _ in range(classes)]
    vectors, pairs = sum(per_class), classes * (classes - 1) // 2
    dtype, names = labels(case, classes)
    attributes = kernel(case) | names | {"support_vectors": floats(normal(case, [vectors, columns])), "vectors_per_class": per_class,
                                         "rho": floats(normal(case, [pairs])),
                                         "coefficients": floats(normal(case, [classes - 1, vectors])), "post_transform": case.pick((None, "NONE", "LOGISTIC", "SOFTMAX"))}
    if case.chance(0.5):
        attributes |= {"prob_a": floats(-np.abs(normal(case, [pairs]))), "prob_b": floats(normal(case, [pairs]))}
    case.looseness = 100
    case.results(case.node("SVMClassifier", [matrix(case, columns)], 2, ML, **attributes), dtype, np.float32)


def linear_regressor(case):
    columns, targets = case.between(1, 6), case.between(1, 4)
    attributes = {"targets": targets, "coefficients": floats(normal(case, [targets, columns])),
                  "intercepts": floats(normal(case, [targets])) if case.chance(0.7) else None,
                  "post_transform": case.pick(TRANSFORMS) if targets > 1 else None}  # of one target onnxruntime leaves it out
    case.looseness = 50
    case.result(case.node("LinearRegressor", [matrix(case, columns, (np.float32,))], domain=ML, **attributes), np.float32)


def linear_classifier(case):
    columns, classes = case.between(1, 6), case.between(2, 4)
    rows = 1 if classes == 2 and case.chance(0.4) else classes
    words = case.chance(0.4)
    numbers = sorted(int(v) for v in case.rng.permutation(20)[:classes])
    names = {"classlabels_strings": [f"c{n:02}" for n in numbers]} if words else {"classlabels_ints": numbers}
    attributes = names | {"coefficients": floats(normal(case, [rows, columns])), "intercepts": floats(normal(case, [rows])), "multi_class": case.between(0, 1),
                          "post_transform": case.pick(TRANSFORMS[:5])}
    case.looseness = 50
    case.results(case.node("LinearClassifier", [matrix(case, columns)], 2, ML, **attributes), np.dtype(object) if words else np.int64, np.float32)


def scalers(case):
    op, columns = case.pick(("Scaler", "Normalizer", "Binarizer", "Imputer")), case.between(1, 6)
    if op == "Scaler":
        sizes = case.pick((1, columns))
        x, attributes = matrix(case, columns), {"offset": floats(normal(case, [sizes])), "scale": floats(normal(case, [sizes]))}
    elif op == "Normalizer":
        x, attributes = matrix(case, columns), {"norm": case.pick(("MAX", "L1", "L2"))}
    elif op == "Binarizer":
        x, attributes = matrix(case, columns, (np.float32,)), {"threshold": case.pick((None, 0.25))}
    else:
        values = np.round(normal(case, [case.between(1, 5), columns], case.pick((np.float32, np.int64))))
        integer, sizes, missing = values.dtype.kind == "i", case.pick((1, columns)), float("nan") if case.chance(0.5) else 0.0
        if not integer and missing != 0:
            values[case.rng.random(values.shape) < 0.3] = np.nan
        x = case.feed(values, False)
        whole, real = {"imputed_value_int64s": [7] * sizes, "replaced_value_int64": 0}, floats(normal(case, [sizes])) if not integer else None
        attributes = whole if integer else {"imputed_value_floats": real, "replaced_value_float": missing}
        return case.result(case.node(op, [x], domain=ML, **attributes), values.dtype)
    case.looseness = 5
    return case.result(case.node(op, [x], domain=ML, **attributes), np.float32)


def words(case, shape):
    return case.rng.choice(np.array(WORDS, object), shape)


def encoders(case):
    op, shape = case.pick(("OneHotEncoder", "LabelEncoder", "CategoryMapper", "ArrayFeatureExtractor", "FeatureVectorizer")), case.shape(1, 2)
    text = case.chance(0.5)
    x = words(case, shape) if text else case.rng.integers(0, 8, shape)
    if op == "OneHotEncoder":
        zeros = case.between(0, 1)
        chosen = [int(v) for v in case.rng.permutation(8)[:8 if not zeros else 5]]
        categories = {"cats_strings": [WORDS[i] for i in chosen]} if text else {"cats_int64s": chosen}
        return case.result(case.node(op, [case.feed(x, False)], domain=ML, zeros=zeros, **categories), np.float32)
    if op == "LabelEncoder":
        kinds = {"strings": (np.dtype(object), list(WORDS[:6])), "int64s": (np.dtype(np.int64), [0, 1, 2, 3, 4, 5]),
                 "floats": (np.dtype(np.float32), [0.0, 1.0, 2.0, 3.5, float("nan"), 5.0])}
        source, target = case.pick(sorted(kinds)), case.pick(sorted(kinds))
        case.ml_opset = 4  # before, onnxruntime finds no NaN among the keys
        keys, values = kinds[source][1], list(reversed(kinds[target][1]))
        x = words(case, shape) if source == "strings" else case.rng.choice(np.array(keys + [7], kinds[source][0]), shape)
        default = {"strings": {"default_string": "none"}, "int64s": {"default_int64": -5}, "floats": {"default_float": 0.25}}[target]
        attributes = {f"keys_{source}": keys, f"values_{target}": values} | (default if case.chance(0.6) else {})
        return case.result(case.node(op, [case.feed(x, False)], domain=ML, **attributes), kinds[target][0])
    if op == "CategoryMapper":
        attributes = {"cats_int64s": [0, 1, 2, 3], "cats_strings": list(WORDS[:4]), "default_int64": case.pick((None, -7)), "default_string": case.pick((None, "?"))}
        return case.result(case.node(op, [case.feed(x, False)], domain=ML, **attributes), np.int64 if text else np.dtype(object))
    if op == "ArrayFeatureExtractor":
        columns, dtype = case.between(1, 6), case.pick((np.float32, np.float64, np.int64, np.int32))
        data = normal(case, [case.between(1, 4), columns] if case.chance(0.7) else [columns], dtype)
        at = case.feed(case.rng.integers(0, columns, case.between(1, 5)).astype(np.int64))
        return case.result(case.node(op, [case.feed(data, False), at], domain=ML), dtype)
    rows, widths, dtype = case.between(1, 4), [case.between(1, 4) for _ in range(case.between(1, 3))], case.pick((np.float32, np.float64, np.int64, np.int32))
    parts = [case.feed(normal(case, [rows, w], dtype), False) for w in widths]
    return case.result(case.node(op, parts, domain=ML, inputdimensions=widths), np.float32)


def maps(case):
    op = case.pick(("ZipMap", "DictVectorizer", "CastMap"))
    if op == "ZipMap":
        columns, text = case.between(1, 4), case.chance(0.5)
        x = matrix(case, columns, (np.float32,))
        y = case.node(op, [x], domain=ML, **({"classlabels_strings": list(WORDS[:columns])} if text else {"classlabels_int64s": [4, 2, 9, 1][:columns]}))
        kind = helper.make_map_type_proto(TensorProto.STRING if text else TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
        return case.list_result(y, helper.make_sequence_type_proto(kind))
    keys = sorted(int(k) for k in case.rng.permutation(9)[:case.between(1, 5)])
    numbers = [float(v) for v in np.round(normal(case, [len(keys)], np.float64, 3.0), case.between(0, 2))]
    text, values = op == "CastMap" and case.chance(0.3), dict(zip(keys, numbers))
    element = helper.make_tensor_type_proto(TensorProto.STRING if text else TensorProto.FLOAT, [])
    x = case.list_feed({k: str(v) for k, v in values.items()} if text else values, helper.make_map_type_proto(TensorProto.INT64, element))
    if op == "DictVectorizer":
        return case.result(case.node(op, [x], domain=ML, int64_vocabulary=[3, 1, 0, 8, 5]), np.float32)
    to = case.pick(("TO_FLOAT", "TO_STRING", "TO_INT64") if not text else ("TO_FLOAT", "TO_STRING"))
    # Not sparse strings: onnxruntime fills them with "0.f", of which the standard says nothing.
    form = {"map_form": "SPARSE", "max_map": 9 + case.between(0, 2)} if case.chance(0.5) and to != "TO_STRING" else {}
    return case.result(case.node(op, [x], domain=ML, cast_to=to, **form), {"TO_FLOAT": np.float32, "TO_STRING": np.dtype(object), "TO_INT64": np.int64}[to])


GENERATORS = (svm_regressor, svm_classifier, linear_regressor, linear_classifier, scalers, scalers, encoders, encoders, encoders, maps)
