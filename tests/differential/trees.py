"""ai.onnx.ml's tree ensembles in both forms: versions 1 and 3 with their lists of nodes, version 5 with leaves of their own."""
import numpy as np
from onnx import numpy_helper

from values import normal

ML = "ai.onnx.ml"
MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")


def features(case, rows, columns, dtype, unequal):
    """`unequal`: a node branches by BRANCH_NEQ. Then there are no NaNs, which onnxruntime and the evaluator let through as unequal, where the standard sends them to the
    false branch unless nodes_missing_value_tracks_true."""
    x = np.round(normal(case, [rows, columns], dtype) * 2) / 2  # halves: some lie on a threshold
    if np.dtype(dtype).kind == "f" and case.chance(0.4) and not unequal:
        x[case.rng.random(x.shape) < 0.1] = np.nan
    return x.astype(dtype)


class Forest:
    """Lists of nodes as the attributes have them; leaves are (tree, node)."""

    def __init__(self, case, trees, columns, modes):
        self.case, self.columns, self.modes, self.rows, self.leaves = case, columns, modes, [], []
        for tree in range(trees):
            self.next = 0
            self.grow(tree, case.between(0, 4))

    def grow(self, tree, depth):
        """Its node's id; children follow their parent."""
        node, case = self.next, self.case
        self.next += 1
        if depth == 0:
            self.leaves.append((tree, node))
            self.rows.append([tree, node, "LEAF", 0, 0.0, 0, 0, 0])
            return node
        row = [tree, node, case.pick(self.modes), case.between(0, self.columns - 1), case.between(-4, 4) / 2, 0, 0, case.between(0, 1)]
        self.rows.append(row)
        row[5], row[6] = self.grow(tree, case.between(0, depth - 1)), self.grow(tree, depth - 1)
        return node

    def unequal(self):
        return any(row[2] == "BRANCH_NEQ" for row in self.rows)

    def attributes(self, as_tensor):
        tree, node, mode, feature, value, yes, no, missing = zip(*self.rows)
        values = {"nodes_values_as_tensor": numpy_helper.from_array(np.array(value, np.float64))} if as_tensor else {"nodes_values": [float(v) for v in value]}
        return values | {"nodes_treeids": tree, "nodes_nodeids": node, "nodes_modes": mode, "nodes_featureids": feature, "nodes_truenodeids": yes,
                         "nodes_falsenodeids": no, "nodes_missing_value_tracks_true": missing if self.case.chance(0.6) else None}


def forest(case, columns):
    """A third of the forests branch in one way, as trained ones do, for which engines have their own loops."""
    return Forest(case, case.pick((1, 2, 5, 20)), columns, MODES if case.chance(0.5) else (case.pick(MODES),))


def votes(case, found, targets, word, as_tensor, all_targets):
    """Weights of the leaves, some for one target, some for several. `all_targets`: each leaf has one for each, because onnxruntime leaves a target without any out
    when it looks for the top class and when it adds base values, which the standard doesn't."""
    rows = [(tree, node, t) for tree, node in found.leaves for t in case.rng.permutation(targets)[:targets if all_targets else case.pick((1, 1, 1, targets))]]
    weights = np.round(normal(case, [len(rows)], np.float64), 3)
    values = {f"{word}_weights_as_tensor": numpy_helper.from_array(weights)} if as_tensor else {f"{word}_weights": [float(w) for w in weights]}
    return values | {f"{word}_treeids": [r[0] for r in rows], f"{word}_nodeids": [r[1] for r in rows], f"{word}_ids": [int(r[2]) for r in rows]}


def base_values(case, targets, as_tensor):
    if case.chance(0.5):
        return {}
    values = np.round(normal(case, [targets], np.float64), 3)
    return {"base_values_as_tensor": numpy_helper.from_array(values)} if as_tensor else {"base_values": [float(v) for v in values]}


def regressor(case):
    columns, targets, double = case.between(1, 5), case.pick((1, 1, 2, 3)), case.chance(0.3)
    found = forest(case, columns)
    x = case.feed(features(case, case.pick((1, 2, 7, 40)), columns, np.float64 if double else case.pick((np.float32, np.float32, np.int64)), found.unequal()), False)
    base = base_values(case, targets, double)
    attributes = found.attributes(double) | votes(case, found, targets, "target", double, bool(base)) | base
    attributes |= {"n_targets": targets, "aggregate_function": case.pick(("SUM", "AVERAGE", "MIN", "MAX")), "post_transform": post_transform(case, targets)}
    case.looseness = 20
    case.result(case.node("TreeEnsembleRegressor", [x], domain=ML, **attributes), np.float32)


def post_transform(case, targets):
    """Of a single target onnxruntime knows PROBIT alone and leaves the other transforms out."""
    return case.pick((None, "NONE", "PROBIT") + (("SOFTMAX", "SOFTMAX_ZERO", "LOGISTIC") if targets > 1 else ()))


def classifier(case):
    columns, classes, double, words = case.between(1, 5), case.pick((2, 2, 3, 4)), case.chance(0.3), case.chance(0.4)
    found = forest(case, columns)
    x = case.feed(features(case, case.pick((1, 2, 7, 40)), columns, np.float64 if double else np.float32, found.unequal()), False)
    one = classes == 2 and case.chance(0.6)  # binary, with the weights of one class
    weights = votes(case, found, 1 if one else classes, "class", double, True)
    if classes == 2 and not one:  # of two classes onnxruntime takes the second where its score is positive, the standard "the top class"
        case.distrusted.add("onnxruntime")
    labels = {"classlabels_strings": [f"c{i}" for i in range(classes)]} if words else {"classlabels_int64s": [int(v) for v in case.rng.permutation(9)[:classes]]}
    transform = case.pick((None, "NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"))
    attributes = found.attributes(double) | weights | labels | ({} if one else base_values(case, classes, double)) | {"post_transform": transform}
    case.looseness = 20
    case.results(case.node("TreeEnsembleClassifier", [x], 2, ML, **attributes), np.dtype(object) if words else np.int64, np.float32)


def ensemble(case):
    """Version 5: nodes and leaves in lists of their own, members of sets too. Without post_transform: onnxruntime takes 1 for LOGISTIC and 2 for SOFTMAX, the
    standard the other way round, and the evaluator leaves it out."""
    case.ml_opset = 5
    dtype = case.pick((np.float32, np.float64))
    columns, targets, count = case.between(1, 4), case.between(1, 3), case.between(1, 4)
    nodes, leaves, members, roots = [], [], [], []

    def grow(depth):
        """(place, whether a leaf)"""
        if depth == 0:
            leaves.append((case.between(0, targets - 1), round(float(case.rng.standard_normal()), 3)))
            return len(leaves) - 1, 1
        row = [case.between(0, 6), case.between(0, columns - 1), case.between(-4, 4) / 2, 0, 0, 0, 0, case.between(0, 1)]
        nodes.append(row)
        if row[0] == 6:
            members.extend([float(v) / 2 for v in case.rng.permutation(9)[:case.between(1, 3)] - 4] + [float("nan")])
        place = len(nodes) - 1
        row[3:5], row[5:7] = grow(case.between(0, depth - 1)), grow(depth - 1)
        return place, 0

    for _ in range(count):
        roots.append(grow(case.between(1, 3))[0])

    def tensor(values, kind):
        return numpy_helper.from_array(np.array(values, kind))

    if members:  # both miss members of sets: onnxruntime where one set follows another on the same feature, the evaluator the 0 of {0}
        case.distrusted.update(("onnxruntime", "evaluator"))
    mode, feature, split, yes, yes_leaf, no, no_leaf, missing = zip(*nodes)
    attributes = {"n_targets": targets, "aggregate_function": case.pick((0, 1, 2, 3)), "tree_roots": roots,
                  "nodes_modes": tensor(mode, np.uint8), "nodes_featureids": feature, "nodes_splits": tensor(split, dtype), "nodes_truenodeids": yes,
                  "nodes_trueleafs": yes_leaf,
                  "nodes_falsenodeids": no, "nodes_falseleafs": no_leaf, "nodes_missing_value_tracks_true": missing if case.chance(0.5) else None,
                  "leaf_targetids": [t for t, _ in leaves], "leaf_weights": tensor([w for _, w in leaves], dtype),
                  "membership_values": tensor(members, dtype) if members else None}
    case.looseness = 20
    x = case.feed(features(case, case.pick((1, 3, 30)), columns, dtype, 5 in mode), False)
    case.result(case.node("TreeEnsemble", [x], domain=ML, **attributes), dtype)


GENERATORS = (regressor, regressor, classifier, classifier, ensemble)
