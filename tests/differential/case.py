"""Case: one random model with its inputs. Everything follows from the family of generators and the number within it."""
import contextlib
import zlib

import numpy as np
import onnx
from ml_dtypes import bfloat16
from onnx import helper, numpy_helper

FLOATS = (np.float32, np.float64, np.float16, bfloat16)
INTEGERS = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
# Relative and absolute tolerance by the result's elements; sums over many elements multiply them.
TOLERANCE = {"float64": (1e-9, 1e-11), "float32": (2e-5, 2e-6), "float16": (4e-3, 4e-3), "bfloat16": (3e-2, 3e-2)}


class Case:
    """Inputs become graph inputs with fixed or symbolic dimensions, or constants, at random: each takes another way through an engine."""

    def __init__(self, family, number):
        self.rng = np.random.default_rng((zlib.crc32(family.encode()), number))
        self.opset, self.ml_opset = int(self.pick((18, 19, 20, 21, 22))), 3
        self.nodes, self.inputs, self.constants, self.outputs = [], [], [], []
        self.feeds, self.looseness, self.names, self.sizes = {}, 1.0, 0, 0
        self.dtype = np.dtype(np.float32)
        self.steps = 0  # by how many units an integer may differ: 1 where a value near a tie may be rounded either way
        self.expected = None  # the outputs by a formula, for operators that onnxruntime has no CPU kernel for
        self.distrusted = set()  # judges that are wrong about this case: the generator says why

    # Choices.
    def pick(self, choices):
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, p):
        return self.rng.random() < p

    def between(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def size(self, most=7):
        """A dimension: now and then 0, often 1, sometimes too long for one vector register."""
        r = self.rng.random()
        return 0 if r < 0.03 else 1 if r < 0.2 else self.between(8, 40) if r > 0.9 else self.between(2, most)

    def shape(self, least=0, most=4):
        return [self.size() for _ in range(self.between(least, most))]

    def axis(self, rank):
        return self.between(-rank, rank - 1)

    # Building.
    def name(self, word="v"):
        self.names += 1
        return f"{word}{self.names}"

    def feed(self, array, constant=None):
        """The name of a value with these elements; `constant` says whether it must (not) be an initializer."""
        array = np.asarray(array)
        name = self.name("x")
        if constant if constant is not None else self.chance(0.3):
            self.constants.append(numpy_helper.from_array(array, name))
            return name
        dims = [self.dim(d) for d in array.shape] if self.chance(0.5) else list(array.shape)
        self.inputs.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), dims))
        self.feeds[name] = array
        return name

    def dim(self, size):
        self.sizes += 1
        return self.pick((size, None, f"D{self.sizes}"))

    def ints(self, values, constant=None):
        """An int64 operand such as axes or a shape: mostly a constant, as in exported models."""
        return self.feed(np.array(values, np.int64), self.chance(0.8) if constant is None else constant)

    def node(self, op, inputs, outputs=1, domain="", **attributes):
        names = [self.name() if wanted else "" for wanted in ([True] * outputs if isinstance(outputs, int) else outputs)]
        attributes = {k: v for k, v in attributes.items() if v is not None}
        self.nodes.append(helper.make_node(op, inputs, names, name=self.name(op), domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def result(self, name, dtype):
        dtype = np.dtype(dtype)
        self.outputs.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), None))
        self.dtype = max(self.dtype, dtype, key=lambda t: TOLERANCE.get(t.name, (0, 0))[0])

    def results(self, names, *dtypes):
        """The outputs of a node that are there (the others are called ""); the last dtype goes for all that follow."""
        for i, name in enumerate([names] if isinstance(names, str) else names):
            if name:
                self.result(name, dtypes[min(i, len(dtypes) - 1)])

    def list_result(self, name, value_type):
        """A result that is a sequence, map or optional: `value_type` is its TypeProto."""
        self.outputs.append(helper.make_value_info(name, value_type))

    def list_feed(self, value, value_type):
        name = self.name("x")
        self.inputs.append(helper.make_value_info(name, value_type))
        self.feeds[name] = value
        return name

    def tolerance(self):
        relative, absolute = TOLERANCE.get(self.dtype.name, TOLERANCE["float32"])
        return relative * self.looseness, max(absolute * self.looseness, self.steps)

    @contextlib.contextmanager
    def body(self):
        """Nodes made inside go into the list that this yields: those of a branch or a loop's body."""
        outside, self.nodes = self.nodes, []
        try:
            yield self.nodes
        finally:
            self.nodes = outside

    def model(self):
        graph = helper.make_graph(self.nodes, "case", self.inputs, self.outputs, self.constants)
        versions = {"": self.opset, "com.microsoft": 1, "ai.onnx.ml": self.ml_opset}
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*v) for v in versions.items()])
        model.ir_version = 10 if self.opset <= 22 else 13 if self.opset <= 25 else 14
        return model
