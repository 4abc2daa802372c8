"""Writes the official backend test suite of the PyPI package `onnx` as folders: KIND/CASE/{model.onnx, case.json, test_data_set_N/*.pb}.
Done once per version of the package and of this file; prints the folder.

The node cases exist in memory only; the others lie in the wheel, the light ones as a model and one recorded output for inputs that
are numbered upwards."""
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

CACHE = pathlib.Path(os.environ.get("ONNXRUN_CACHE", pathlib.Path.home() / ".cache" / "onnxrun"))


def to_proto(value, info):
    """TensorProto, SequenceProto or OptionalProto of a case's value."""
    if isinstance(value, (onnx.TensorProto, onnx.SequenceProto, onnx.OptionalProto)):
        return value
    kind = info.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name)
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name)
    return numpy_helper.from_array(np.asarray(value), info.name)


def write_data(folder, model, inputs, outputs):
    folder.mkdir(parents=True)
    for word, values, infos in (("input", inputs, model.graph.input), ("output", outputs, model.graph.output)):
        for i, (value, info) in enumerate(zip(values, infos)):
            if value is not None:
                (folder / f"{word}_{i}.pb").write_bytes(to_proto(value, info).SerializeToString())


def export_nodes(out):
    from onnx.backend.test.loader import load_node_model_tests

    for case in load_node_model_tests():
        folder = out / "node" / case.name
        folder.mkdir(parents=True)
        onnx.save(case.model, folder / "model.onnx")
        (folder / "case.json").write_text(json.dumps({"rtol": case.rtol, "atol": case.atol}))
        for i, (inputs, outputs) in enumerate(case.data_sets or []):
            write_data(folder / f"test_data_set_{i}", case.model, inputs, outputs)


def write_tolerance(folder, description):
    """`description` is a data.json of the suite, which may be absent or leave the defaults."""
    given = json.loads(description.read_text()) if description.exists() else {}
    (folder / "case.json").write_text(json.dumps({"rtol": given.get("rtol", 1e-3), "atol": given.get("atol", 1e-7)}))


def export_stored(data, out, kind):
    shutil.copytree(data / kind, out / kind)
    for folder in (out / kind).iterdir():
        write_tolerance(folder, folder / "data.json")


def export_light(data, out):
    for description in sorted(data.glob("real/*/data.json")):
        file = data / "light" / json.loads(description.read_text())["url"].rpartition("/")[2]
        folder = out / "light" / description.parent.name
        folder.mkdir(parents=True)
        shutil.copy(file, folder / "model.onnx")
        write_tolerance(folder, description)
        model = onnx.load(file)
        weights = {w.name for w in model.graph.initializer}
        (image,) = [i for i in model.graph.input if i.name not in weights]
        dims = [d.dim_value or 1 for d in image.type.tensor_type.shape.dim]
        feed = (np.arange(np.prod(dims)).reshape(dims) / np.prod(dims)).astype(np.float32)
        expected = onnx.TensorProto()
        expected.ParseFromString(file.with_name(file.stem + "_output_0.pb").read_bytes())
        write_data(folder / "test_data_set_0", model, [feed], [expected])


def export_all(out):
    data = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        export_stored(data, out, kind)
    export_light(data, out)
    export_nodes(out)


def suite_folder():
    warnings.filterwarnings("ignore")
    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:10]
    final = CACHE / f"onnx-suite-{onnx.__version__}-{digest}"
    if not final.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        temporary = pathlib.Path(tempfile.mkdtemp(dir=CACHE))
        export_all(temporary)
        temporary.rename(final)
    return final


if __name__ == "__main__":
    print(suite_folder())
