"""Writes the models that gpu-check runs: the published architectures of tests/models, at their full size, in a few megabytes.

    models.py FOLDER

Every large weight is a piece of one file of numbers, times a constant that gives it its own spread; engines fold that product when they
load. Of that file the bundle has a piece, pool_f32.bin or pool_f16.bin, which gpu-check writes out over and over. FOLDER gets NAME.onnx, NAME_f16.onnx
and NAME_int8.onnx for the benches, NAME/input_0.pb.. and NAME/output_0.pb.. as onnxruntime computes them, and the lists that gpu-check reads."""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests" / "models"), str(ROOT / "tests" / "onnx")]

from export_suite import write_data  # noqa: E402
from transformers import Encoder  # noqa: E402
from zoo import BERT, BY_NAME, Entry, images, sentences, tokens  # noqa: E402
from builder import FLOAT, INT64  # noqa: E402

POOL = 1_000_003  # elements: a prime, so that rows of a table that is longer than the pool don't repeat
LARGE = 4096      # weights of fewer elements stay in their model
F16_MAX = 65504.0


def bert_large(path, seed=1024):
    """BERT-large (arXiv 1810.04805) for sequence classification with three labels."""
    e = Encoder("bert_large", seed, "fused", 24, 1024, 16, BERT, 512)
    types = e.b.input("token_type_ids", INT64, ["batch", "sequence"])
    x = e.encode(e.embed(types), e.additive_mask())
    e.b.output(e.dense(e.b.op("Tanh", e.dense(e.first_token(x), 1024, 1024)), 1024, 3), "logits", FLOAT, ["batch", 3])
    e.b.save(path)


LARGE_BERT = Entry("bert_large", bert_large, (tokens(2, 16, BERT),), large=True)
CHECKED = [BY_NAME[n] for n in ("mnist", "cifar10", "resnet50", "densenet121", "mobilenet_v2", "bert_base", "roberta_base", "distilbert", "minilm_fused")] + [LARGE_BERT]
HALVED = {"resnet50", "bert_base", "bert_large", "cifar10", "minilm_fused"}
QUANTIZED = {"bert_base", "bert_large", "minilm_fused"}
# What the benches feed: a batch of images, or sentences of a batch and a length; "mixed" ones differ in length.
BENCHES = [f"resnet50 {n}" for n in (1, 8, 32, 128)] + [f"bert_base {s}" for s in ("1x128", "8x128", "64x384", "64x128mixed")] + [f"bert_large {s}" for s in ("1x128", "8x128", "64x384")]
DRY_BENCHES = ["cifar10 1", "minilm_fused 2x8mixed"]


class Pool:
    """Hands out places in the file that the pool repeats, a different one for each weight."""

    def __init__(self, numbers, half):
        self.numbers, self.half, self.file = numbers, half, f"weights_{'f16' if half else 'f32'}.bin"
        self.taken = self.elements = 0

    def take(self, count):
        self.taken = (self.taken + 262147 * 16) % (POOL // 16 * 16)
        self.elements = max(self.elements, self.taken + count)
        return self.taken

    def dtype(self):
        return np.float16 if self.half else np.float32

    def proto(self, name, dims):
        count, size = int(np.prod(dims)), 2 if self.half else 4
        t = TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT16 if self.half else TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", self.file), ("offset", self.take(count) * size), ("length", count * size)):
            t.external_data.add(key=key, value=str(value))
        return t


def halved(array):
    return np.clip(array, -F16_MAX, F16_MAX).astype(np.float16) if array.dtype == np.float32 else array


def pooled(model, pool):
    """The model with its large weights out of the pool, and in half precision if the pool is."""
    graph = model.graph
    small, raw, products = [], [], []
    for w in graph.initializer:
        array = numpy_helper.to_array(w)
        if array.dtype != np.float32 or array.size < LARGE:
            small.append(numpy_helper.from_array(halved(array) if pool.half else array, w.name))
            continue
        raw.append(pool.proto(f"{w.name}.raw", array.shape))
        small.append(numpy_helper.from_array(np.array(array.std(), pool.dtype()), f"{w.name}.spread"))
        products.append(helper.make_node("Mul", [f"{w.name}.raw", f"{w.name}.spread"], [w.name], name=f"/spread/{w.name}"))
    nodes = products + list(graph.node)
    for field in ("initializer", "node"):
        graph.ClearField(field)
    graph.initializer.extend(small + raw)
    graph.node.extend(nodes)
    if pool.half:
        halve_types(graph)
    return model


def halve_types(graph):
    for value in list(graph.input) + list(graph.output):
        if value.type.tensor_type.elem_type == FLOAT:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
    for node in graph.node:
        for a in node.attribute:
            if node.op_type == "Cast" and a.name == "to" and a.i == FLOAT:
                a.i = TensorProto.FLOAT16
            if node.op_type == "Constant" and a.name == "value":
                a.t.CopyFrom(numpy_helper.from_array(halved(numpy_helper.to_array(a.t))))


def quantized(model):
    """A pooled model with QuantizeLinear and DequantizeLinear before both factors of every product with a pooled weight. The steps are
    guessed, not calibrated: it is for times, not for answers."""
    graph = model.graph
    spreads = {n.output[0]: n.input[1] for n in graph.node if n.name.startswith("/spread/")}
    values = {w.name: w for w in graph.initializer}
    nodes, done = [], set()

    def rounded(name, step, zero):
        ends = [f"{name}.bytes", f"{name}.rounded"]
        if name not in done:
            done.add(name)
            graph.initializer.extend([numpy_helper.from_array(np.array(step, np.float32), f"{name}.step"), numpy_helper.from_array(zero, f"{name}.zero")])
            for kind, source, target in (("QuantizeLinear", name, ends[0]), ("DequantizeLinear", *ends)):
                nodes.append(helper.make_node(kind, [source, f"{name}.step", f"{name}.zero"], [target], name=f"/{kind}/{name}"))
        return ends[1]

    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in spreads:
            spread = float(numpy_helper.to_array(values[spreads[node.input[1]]]))
            node.input[0] = rounded(node.input[0], 0.05, np.array(128, np.uint8))
            node.input[1] = rounded(node.input[1], 4 * spread / 127, np.array(0, np.int8))
        nodes.append(node)
    graph.ClearField("node")
    graph.node.extend(nodes)
    return model


def write_out(pool, folder):
    """The pool, and the whole file for the time that onnxruntime needs it; gpu-check writes it the same way."""
    with open(folder / f"pool_{pool.file[8:]}", "wb") as f:
        f.write(pool.numbers.astype(pool.dtype()).tobytes())
    times = -(-pool.elements // POOL)
    (folder / pool.file).write_bytes((folder / f"pool_{pool.file[8:]}").read_bytes() * times)
    return f"{pool.file} pool_{pool.file[8:]} {times}"


def record(entry, folder):
    """Inputs and onnxruntime's outputs; returns the largest of these."""
    path, feeds = folder / f"{entry.name}.onnx", entry.feeds()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    model = onnx.load(path, load_external_data=False)
    outputs = session.run(None, feeds)
    write_data(folder / entry.name, model, [feeds[i.name] for i in model.graph.input], outputs)
    return max(float(np.abs(o).max()) for o in outputs)


def bench_feeds(folder, line):
    """Sentences for a line of the benches; images are made where they are needed."""
    name, shape = line.split()
    if "x" in shape:
        np.savez(folder / f"{shape}.npz", **sentences(shape, BERT))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    numbers = np.random.default_rng(1).standard_normal(POOL, dtype=np.float32)
    numbers = (numbers.view(np.uint32) & np.uint32(0xffff0000)).view(np.float32)  # bf16's, which pack to half
    full, half = Pool(numbers, False), Pool(numbers, True)
    for entry in CHECKED:
        for pool in (full, half) if entry.name in HALVED else (full,):
            model = pooled(onnx.load(entry.path()), pool)
            onnx.save(model, folder / f"{entry.name}{'_f16' if pool.half else ''}.onnx")
            if entry.name in QUANTIZED and not pool.half:
                onnx.save(quantized(model), folder / f"{entry.name}_int8.onnx")
    (folder / "weights.txt").write_text("".join(write_out(p, folder) + "\n" for p in (full, half)))
    with open(folder / "models.txt", "w") as f:
        for entry in CHECKED:
            f.write(f"{entry.name} {record(entry, folder):.6g}\n")
    for name, lines in (("bench.txt", BENCHES), ("bench_dry.txt", DRY_BENCHES)):
        (folder / name).write_text("".join(line + "\n" for line in lines))
        for line in lines:
            bench_feeds(folder, line)
    for pool in (full, half):
        (folder / pool.file).unlink()


if __name__ == "__main__":
    main()
