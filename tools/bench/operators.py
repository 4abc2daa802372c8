"""Measures single operators on one thread beside onnxruntime, as peers.py does whole models: the same inputs, outputs checked first, short rounds in turn.
Prints a Markdown table of median times, and of their ratios to onnxruntime's in the same rounds. --against: an older build, in the same rounds."""
import argparse
import pathlib
import statistics
import tempfile

import numpy as np
import onnx
from onnx import helper

from peers import check_agreement, round_of

RNG = np.random.default_rng(5)


def floats(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def boxes(count):
    corner, size = RNG.uniform(0, 900, (1, count, 2)), RNG.uniform(20, 100, (1, count, 2))
    return np.concatenate([corner, corner + size], 2).astype(np.float32)


IMAGE = (1, 64, 56, 56)
# name -> operator, inputs, attributes; inputs after the `fed` first are constants
CASES = {
    "Atan": ("Atan", [floats(*IMAGE)], {}),
    "Not": ("Not", [floats(512, 512) > 0], {}),
    "And": ("And", [floats(512, 512) > 0, floats(512, 512) > 0], {}),
    "Add of i32": ("Add", [np.arange(1 << 18, dtype=np.int32), np.arange(1 << 18, dtype=np.int32)], {}),
    "ReduceMean, axis -1 of 16x128x64": ("ReduceMean", [floats(16, 128, 64), np.array([-1])], {"fed": 1}),
    "ReduceMean, axis -1 of 128x768": ("ReduceMean", [floats(128, 768), np.array([-1])], {"fed": 1}),
    "ReduceMax, axis -1 of 2048x16": ("ReduceMax", [floats(2048, 16), np.array([-1])], {"fed": 1}),
    "InstanceNormalization": ("InstanceNormalization", [floats(*IMAGE), floats(64), floats(64)], {"fed": 1}),
    "GroupNormalization": ("GroupNormalization", [floats(*IMAGE), floats(64), floats(64)], {"fed": 1, "num_groups": 8}),
    "Trilu": ("Trilu", [floats(1, 12, 128, 128)], {"upper": 0}),
    "GridSample": ("GridSample", [floats(1, 32, 56, 56), RNG.uniform(-1.1, 1.1, (1, 56, 56, 2)).astype(np.float32)], {}),
    "GridSample, cubic": ("GridSample", [floats(1, 32, 56, 56), RNG.uniform(-1.1, 1.1, (1, 56, 56, 2)).astype(np.float32)], {"mode": "cubic"}),
    "RoiAlign": ("RoiAlign", [floats(1, 64, 50, 50), boxes(100)[0] / 20, np.zeros(100, np.int64)],
                 {"output_height": 7, "output_width": 7, "sampling_ratio": 2}),
    "NonMaxSuppression, 100 of 2000": ("NonMaxSuppression", [boxes(2000), RNG.uniform(size=(1, 4, 2000)).astype(np.float32), np.array([100]),
                                                             np.array([0.5], np.float32), np.array([0.05], np.float32)], {"fed": 2}),
    "NonMaxSuppression, all of 2000": ("NonMaxSuppression", [boxes(2000), RNG.uniform(size=(1, 4, 2000)).astype(np.float32), np.array([2000]),
                                                             np.array([0.5], np.float32), np.array([0.05], np.float32)], {"fed": 2}),
}


def write(folder, op, inputs, attributes):
    attributes = dict(attributes)
    fed = attributes.pop("fed", len(inputs))
    names = [f"x{i}" for i in range(len(inputs))]
    infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in zip(names[:fed], inputs)]
    constants = [onnx.numpy_helper.from_array(v, n) for n, v in zip(names[fed:], inputs[fed:])]
    kind = {"Not": onnx.TensorProto.BOOL, "And": onnx.TensorProto.BOOL, "NonMaxSuppression": onnx.TensorProto.INT64}
    out = helper.make_tensor_value_info("y", kind.get(op, helper.np_dtype_to_tensor_dtype(inputs[0].dtype)), None)
    graph = helper.make_graph([helper.make_node(op, names, ["y"], **attributes)], "operator", infos, [out], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), folder / "model.onnx")
    np.savez(folder / "in.npz", **dict(zip(names[:fed], inputs)))


def measure(folder, engines, rounds, seconds):
    model, inputs = folder / "model.onnx", folder / "in.npz"
    for name, (engine, program) in engines.items():
        round_of(engine, program, model, inputs, 1, 0, folder / f"{name}.npz")
    check_agreement(folder, [e for e in engines if e != "onnxruntime"], None)
    times = {name: [] for name in engines}
    for _ in range(rounds):
        for name, (engine, program) in engines.items():
            times[name].append(round_of(engine, program, model, inputs, 1, seconds)["p50"])
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--against")
    parser.add_argument("--only", help="operators, A,B")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.4)
    args = parser.parse_args()
    engines = {"onnxruntime": ("onnxruntime", None), "onnxrun": ("onnxrun", args.program)}
    if args.against:
        engines["before"] = ("onnxrun", args.against)
    mine = [e for e in engines if e != "onnxruntime"]
    print("| operator | onnxruntime ms |" + "".join(f" {e} ms | ratio |" for e in mine) + "\n|---|---|" + "---|---|" * len(mine))
    for name, (op, inputs, attributes) in CASES.items():
        if args.only and op not in args.only.split(","):
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            write(folder, op, inputs, attributes)
            times = measure(folder, engines, args.rounds, args.seconds)
        peer = times["onnxruntime"]
        cells = [f"{statistics.median(times[e]):.3f} | {statistics.median(t / p for t, p in zip(times[e], peer)):.2f}" for e in mine]
        print(f"| {name} | {statistics.median(peer):.3f} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
