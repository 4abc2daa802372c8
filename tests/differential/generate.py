"""seed -> Case. A third of the seeds are graphs, the others single operators."""
import elementwise
import graphs
import movement
import products
import reductions
from case import Case

SINGLE = elementwise.GENERATORS + movement.GENERATORS + reductions.GENERATORS + products.GENERATORS


def generate(seed):
    case = Case(seed)
    case.pick(graphs.GENERATORS if case.chance(1 / 3) else SINGLE)(case)
    return case
