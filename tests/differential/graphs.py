"""Random graphs: chains and joins of the operators that real models are made of, in the forms that passes look for."""
import numpy as np

from layers import Layers


def grow(case, starts, steps):
    grower = Layers(case)
    for shape in starts:
        grower.start(shape)
    actions = [getattr(grower, a) for a in steps]
    for _ in range(case.between(3, 14)):
        case.pick(actions)()
        if int(np.prod(grower.values[-1][1])) > 200_000:
            break
    read = {name for node in case.nodes for name in node.input}
    for name, _ in grower.values:
        if name not in read and name not in case.feeds:
            case.result(name, np.float32)
    if not case.outputs:
        case.result(grower.values[-1][0] if case.nodes else case.node("Identity", [grower.values[-1][0]]), np.float32)


def convolutional(case):
    shape = [case.between(1, 2), case.pick((3, 4, 8, 16)), case.between(4, 12), case.between(4, 12)]
    grow(case, [shape] * case.between(1, 2), ("convolve", "convolve", "convolve", "activate", "join", "pool", "move"))


def transformer(case):
    shape = [case.between(1, 2), case.between(1, 9), case.pick((4, 8, 16))]
    grow(case, [shape] * case.between(1, 2), ("multiply", "attend", "activate", "join", "normalise", "move"))


def mixed(case):
    shape = [case.size() for _ in range(case.between(1, 4))]
    grow(case, [shape] * case.between(1, 3), ("activate", "join", "multiply", "normalise", "move", "convolve", "pool"))


GENERATORS = (convolutional, transformer, mixed)
