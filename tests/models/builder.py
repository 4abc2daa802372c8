"""Builds ONNX graphs with seeded weights, from numpy and onnx alone."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Collects nodes and initialisers; every call of op() returns the name of its (first) output."""

    def __init__(self, name, opset, seed):
        self.name, self.opset = name, opset
        self.rng = np.random.default_rng(seed)
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.constants = {}
        self.count = 0

    def input(self, name, dtype, shape):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, value, name, dtype, shape):
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"/out/{name}"))
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def op(self, kind, *inputs, outputs=1, **attributes):
        self.count += 1
        base = f"/{kind}_{self.count}"
        names = [f"{base}_out{i}" for i in range(outputs)] if outputs > 1 else [f"{base}_out"]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=base, **attributes))
        return names if outputs > 1 else names[0]

    def weight(self, array, name=None):
        self.count += 1
        name = name or f"w{self.count}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def const(self, value, dtype=np.int64):
        """A Constant node's output, as exporters write literals."""
        array = np.array(value, dtype=dtype)
        key = (array.tobytes(), str(array.dtype), array.shape)
        if key not in self.constants:
            self.count += 1
            out = f"/Constant_{self.count}_out"
            self.nodes.append(helper.make_node("Constant", [], [out], name=f"/Constant_{self.count}", value=numpy_helper.from_array(array)))
            self.constants[key] = out
        return self.constants[key]

    def f(self, value):
        return self.const(value, np.float32)

    def normal(self, *shape, scale=1.0):
        return (self.rng.standard_normal(shape, dtype=np.float32) * np.float32(scale)).astype(np.float32)

    def save(self, path):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], producer_name="onnxrun test models")
        model.ir_version = 8 if self.opset < 20 else 10
        onnx.save(model, path)


FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
