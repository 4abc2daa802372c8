"""If, Loop, Scan and SequenceMap, one in another, with values of the graph around them. Not judged by onnx's evaluator, whose Loop confuses names of the body with names
around it."""
import numpy as np
from onnx import TensorProto, helper

from values import normal


def value(name, dtype=np.float32, shape=None):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)


def scalar(case, number, dtype):
    return case.feed(np.array(number, dtype))


class Scope:
    """Float values of one shape that a body may read: its own and those outside."""

    def __init__(self, case, names, shape, depth=0):
        self.case, self.names, self.shape, self.depth = case, list(names), list(shape), depth

    def inside(self, *names):
        return Scope(self.case, self.names + list(names), self.shape, self.depth + 1)

    def step(self):
        """One more value out of those there are: an operator, or, not too deep, a control flow node."""
        case = self.case
        x, y = case.pick(self.names), case.pick(self.names)
        makers = [lambda: case.node("Add", [x, y]), lambda: case.node("Mul", [x, y]), lambda: case.node("Tanh", [x]), lambda: case.node("Sub", [x, y]),
                  lambda: case.node("Sigmoid", [x])]
        if self.depth < 2:
            makers += [lambda: branch(self), lambda: loop(self), lambda: scan(self)]
        self.names.append(case.pick(makers)())
        return self.names[-1]

    def steps(self, most=3):
        return [self.step() for _ in range(self.case.between(1, most))][-1]


def graph(case, nodes, inputs, outputs, name):
    return helper.make_graph(list(nodes), case.name(name), inputs, outputs)


def condition(scope):
    """A constant, an input, or something computed."""
    case = scope.case
    if case.chance(0.6):
        return scalar(case, case.chance(0.5), np.bool_)
    total = case.node("ReduceSum", [case.pick(scope.names)], keepdims=0)
    return case.node("Greater", [total, scalar(case, 0.1, np.float32)])


def branch(scope):
    case = scope.case
    decides, bodies = condition(scope), []
    for word in ("then", "else"):
        with case.body() as nodes:
            y = scope.inside().steps() if case.chance(0.8) else case.node("Identity", [case.pick(scope.names)])
        bodies.append(graph(case, nodes, [], [value(y)], word))
    return case.node("If", [decides], then_branch=bodies[0], else_branch=bodies[1])


def loop(scope, scanned=False):
    """A trip count, a condition that ends it early, one carried value, and maybe one that is collected."""
    case = scope.case
    trips = scalar(case, case.between(0, 4), np.int64) if case.chance(0.9) else ""
    i, go, carried = case.name("i"), case.name("go"), case.name("carried")
    keep = not trips or case.chance(0.5)
    with case.body() as nodes:
        inner = scope.inside(carried)
        y = inner.steps()
        last = case.node("Less", [i, case.node("Constant", [], value_int=case.between(0, 3))]) if keep else case.node("Identity", [go])
        collected = case.node("Mul", [y, case.node("Cast", [i], to=TensorProto.FLOAT)]) if scanned else None
    # The shape is given because onnxruntime makes sizes up where it doesn't know them and there is no trip.
    outputs = [value(last, np.bool_, []), value(y)] + ([value(collected, np.float32, scope.shape)] if scanned else [])
    inputs = [value(i, np.int64, []), value(go, np.bool_, []), value(carried, np.float32, scope.shape)]
    start = case.pick(scope.names)
    initial = scalar(case, case.chance(0.9), np.bool_) if case.chance(0.5) else ""
    return case.node("Loop", [trips, initial, start], 2 if scanned else 1, body=graph(case, nodes, inputs, outputs, "loop"))


def scan(scope):
    """Over the rows of a new input, forwards or backwards; the result is the state after the last one."""
    case = scope.case
    rows = case.feed(normal(case, [case.between(1, 4)] + scope.shape))
    state, row = case.name("state"), case.name("row")
    with case.body() as nodes:
        y = scope.inside(state, row).steps()
        out = case.node("Neg", [y])
    body = graph(case, nodes, [value(state, np.float32, scope.shape), value(row, np.float32, scope.shape)], [value(n, np.float32, scope.shape) for n in (y, out)], "scan")
    flags = {"scan_input_directions": [1]} if case.chance(0.3) else {}
    names = case.node("Scan", [case.pick(scope.names), rows], 2, body=body, num_scan_inputs=1, **flags)
    return names[0] if case.chance(0.7) else case.node("ReduceMean", [names[1], case.ints([0], True)], keepdims=0)


def nested(case):
    shape = [case.between(1, 4) for _ in range(case.between(1, 2))]
    scope = Scope(case, [case.feed(normal(case, shape), False) for _ in range(2)], shape)
    scope.names.append(case.pick((branch, loop, scan))(scope))
    y = scope.step()
    case.looseness = 50
    case.results([n for n in dict.fromkeys((scope.names[2], y))], np.float32)


def collecting(case):
    """Loops that gather what they made: also none, when there is no trip."""
    shape = [case.between(1, 3)]
    scope = Scope(case, [case.feed(normal(case, shape), False)], shape, case.between(0, 2))
    case.looseness = 50
    case.results(loop(scope, scanned=True), np.float32)


def growing(case):
    """A carried value whose shape changes from step to step."""
    x = case.feed(normal(case, [case.between(1, 2), 2]), False)
    i, go, carried = case.name("i"), case.name("go"), case.name("carried")
    with case.body() as nodes:
        y = case.node("Concat", [carried, x if case.chance(0.6) else carried], axis=0)
        again = case.node("Identity", [go])
    body = graph(case, nodes, [value(i, np.int64, []), value(go, np.bool_, []), value(carried, np.float32, [None, 2])],
                 [value(again, np.bool_, []), value(y, np.float32, [None, 2])], "loop")
    case.result(case.node("Loop", [scalar(case, case.between(0, 3), np.int64), "", x], body=body), np.float32)


def sequence_map(case):
    rows, other = case.feed(normal(case, [case.between(1, 4), 3]), False), case.feed(normal(case, [3]))
    parts = case.node("SplitToSequence", [rows], axis=0, keepdims=0)
    x, extra = case.name("item"), case.name("extra")
    with case.body() as nodes:
        scope = Scope(case, [x, extra], [3], 2)
        y = scope.steps()
    mapped = case.node("SequenceMap", [parts, other], body=graph(case, nodes, [value(x, np.float32, [3]), value(extra, np.float32, [3])],
                                                                 [value(y, np.float32, [3])], "map"))
    case.looseness = 20
    case.result(case.node("ConcatFromSequence", [mapped], axis=0, new_axis=1), np.float32)


def unappealed(generator):
    def make(case):
        case.distrusted.add("evaluator")
        generator(case)

    return make


GENERATORS = tuple(unappealed(g) for g in (nested, nested, nested, collecting, growing, sequence_map))
