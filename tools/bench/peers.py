"""Measures onnx-run beside other engines on the models of tests/models: the same inputs, outputs checked before anything is timed, short
rounds in turn so that a machine that drifts drifts for all. Prints a Markdown table of medians and ratios.

    peers.py ONNX_RUN [--models resnet50:1,bert_base:1x128,resnet50/qdq:1] [--threads 1,2] [--peers onnxruntime,openvino] [--rounds 5] [--seconds 3]

A shape that ends with "mixed" has texts of many lengths, from all positions down to few. A model with a kind of tests/models/quantized.py
behind it is quantised; engines then have to agree by cosine.

Run it with the Python of ~/.cache/onnxrun/venv; openvino is left out when it isn't installed there."""
import argparse
import importlib.util
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "models"))
from quantized import quantized  # noqa: E402
from zoo import BERT, BY_NAME, images, sentences  # noqa: E402


def feeds_for(name, shape):
    if "x" not in shape:
        return images(int(shape))(np.random.default_rng(3))
    feeds = sentences(shape, BERT)
    wanted = {"distilbert": 2, "roberta_base": 2}.get(name, 3)
    return dict(list(feeds.items())[:wanted])


def peak_mb():
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def worker(engine, model, inputs, threads, seconds, outputs):
    """One round of a peer, in a process of its own."""
    feeds = dict(np.load(inputs))
    start = time.perf_counter()
    if engine == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        names = [o.name for o in session.get_outputs()]

        def run():
            return dict(zip(names, session.run(names, feeds)))
    else:
        import openvino

        core = openvino.Core()
        settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        compiled = core.compile_model(model, "CPU", settings)
        request = compiled.create_infer_request()

        def run():
            found = request.infer(feeds)
            return {name: np.array(found[o]) for o in compiled.outputs for name in o.get_names()}
    load = (time.perf_counter() - start) * 1000
    result = run()
    if outputs:
        np.savez(outputs, **{name.replace("/", "_"): value for name, value in result.items()})
    run()
    times, until = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < until:
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1000)
    print(json.dumps({"load_ms": load, "min": min(times), "p50": statistics.median(times), "rss": peak_mb()}))


def round_of(engine, program, model, inputs, threads, seconds, outputs=""):
    if engine != "onnxrun":
        command = [sys.executable, __file__, "--worker", engine, str(model), str(inputs), str(threads), str(seconds), str(outputs)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if outputs:
        subprocess.run([program, "run", model, "--inputs", inputs, "--outputs", outputs, "--quiet"], check=True)
    command = [program, "bench", model, "--inputs", inputs, "--threads", str(threads), "--duration", str(seconds), "--warmup", "2", "--json"]
    report = json.loads(subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout)
    return {"load_ms": report["load_ms"], "min": report["latency_ms"]["min"], "p50": report["latency_ms"]["p50"], "rss": report["peak_rss_mb"]}


def check_agreement(folder, engines, kind):
    want = {name: value.astype(np.float64) for name, value in np.load(folder / "onnxruntime.npz").items()}  # bools, too
    for engine in engines:
        got = dict(np.load(folder / f"{engine}.npz"))
        for name, expected in want.items():
            if kind:
                cosine = (got[name] * expected).sum() / np.linalg.norm(got[name]) / np.linalg.norm(expected)
                if not cosine >= 0.9:
                    sys.exit(f"{engine}: output {name} has cosine {cosine:.3f} to onnxruntime's: nothing is timed")
                continue
            error = np.abs(got[name] - expected).max() / np.abs(expected).max()
            if not error <= 1e-3:
                sys.exit(f"{engine}: output {name} differs by {error:.2e}: nothing is timed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--models", default="resnet50:1,resnet50:16,bert_base:1x128")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--peers", default="onnxruntime,openvino")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    engines = ["onnxrun"] + [p for p in args.peers.split(",") if importlib.util.find_spec(p)]
    print("| model | threads | engine | median ms | min ms | ratio to onnxrun (median of rounds) | load ms | peak MB |\n|---|---|---|---|---|---|---|---|")
    for item in args.models.split(","):
        full, shape = item.split(":")
        name, _, kind = full.partition("/")
        model = quantized(BY_NAME[name], kind) if kind else BY_NAME[name].path()
        for threads in map(int, args.threads.split(",")):
            with tempfile.TemporaryDirectory() as temporary:
                folder = pathlib.Path(temporary)
                np.savez(folder / "in.npz", **feeds_for(name, shape))
                for engine in engines:
                    round_of(engine, args.program, model, folder / "in.npz", threads, 0, folder / f"{engine}.npz")
                check_agreement(folder, engines, kind)
                rounds = {e: [] for e in engines}
                for _ in range(args.rounds):
                    for engine in engines:
                        rounds[engine].append(round_of(engine, args.program, model, folder / "in.npz", threads, args.seconds))
            for engine in engines:
                mine = rounds[engine]
                ratio = statistics.median(m["p50"] / o["p50"] for m, o in zip(mine, rounds["onnxrun"]))
                print(f"| {full} {shape} | {threads} | {engine} | {statistics.median(m['p50'] for m in mine):.1f} | {min(m['min'] for m in mine):.1f} | "
                      f"{ratio:.3f} | {statistics.median(m['load_ms'] for m in mine):.0f} | {max(m['rss'] for m in mine):.0f} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        worker(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]), float(sys.argv[6]), sys.argv[7] if len(sys.argv) > 7 else "")
    else:
        main()
