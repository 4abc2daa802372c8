"""Quantised models: onnx-run must be as near to the float model as onnxruntime is, and run integer kernels.

    quantized_test.py ONNX_RUN [--cases cifar10/qdq,minilm/dynamic | --all] [--figures]

For every model the outputs of the float model (by onnxruntime) are compared with those of the quantised one by onnxruntime and by
onnx-run: cosine, and how many rows have the same largest element. --figures prints them as a Markdown table."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from quantized import KINDS, quantized
from zoo import BERT, BY_NAME, images, tokens

SMALL = [("cifar10", kind) for kind in ("qdq", "qdq_channel", "qdq_reduced", "qoperator", "dynamic")] + [
    ("mnist", "qdq_channel"), ("minilm_fused", "qdq"), ("minilm_fused", "dynamic"), ("minilm_fused", "dynamic_channel"), ("minilm_fused", "int4")]
ALL = [(name, kind) for name in ("resnet50", "mobilenet_v2", "mnist", "cifar10") for kind in KINDS if kind != "int4"] + [
    (name, kind) for name in ("minilm", "distilbert_fused") for kind in KINDS]
SLACK = 2e-3  # of cosine that rounding may cost


def feeds_for(name):
    rng = np.random.default_rng(11)
    if name in ("mnist", "cifar10"):
        return images(16, 28 if name == "mnist" else 32, 1 if name == "mnist" else 3)(rng)
    if name in ("resnet50", "mobilenet_v2"):
        return images(4)(rng)
    return tokens(4, 24, BERT, types=name.startswith("minilm"))(rng)


def by_onnxruntime(model, feeds):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds)))


def by_onnx_run(program, model, folder, math, threads):
    command = [program, "run", str(model), "--inputs", str(folder / "in.npz"), "--outputs", str(folder / "out.npz"), "--math", math, "--threads",
               str(threads), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[:2000]}")
    return dict(np.load(folder / "out.npz"))


def cosine(a, b):
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))


def same_top(a, b):
    return int((a.reshape(-1, a.shape[-1]).argmax(1) == b.reshape(-1, b.shape[-1]).argmax(1)).sum())


def kernels(program, model, feeds):
    """How many products run on integers (or packed bits), how many other nodes by reference."""
    shapes = [f"--shape={name}={'x'.join(map(str, value.shape))}" for name, value in feeds.items()]
    done = subprocess.run([program, "explain", str(model), "--json", *shapes], capture_output=True, text=True, check=True)
    nodes = json.loads(done.stdout)["nodes"]
    integer = sum(n["op"] in ("onnxrun.QuantConv", "onnxrun.QuantMatMul", "com.microsoft.MatMulNBits") for n in nodes)
    return integer, [n["op"] for n in nodes if n["backend"] == "reference"]


def check(program, name, kind, folder, figures):
    entry, feeds = BY_NAME[name], feeds_for(name)
    model = quantized(entry, kind)
    np.savez(folder / "in.npz", **feeds)
    exact = by_onnxruntime(entry.path(), feeds)
    theirs = by_onnxruntime(model, feeds)
    problems = []
    integer, slow = kernels(program, model, feeds)
    if integer == 0:
        problems.append("no product runs on integers")
    if slow:
        problems.append(f"by reference: {', '.join(sorted(set(slow)))}")
    for math, threads in [("exact", 1), ("default", 2)]:
        ours = by_onnx_run(program, model, folder, math, threads)
        for out in exact:
            want, got = cosine(theirs[out], exact[out]), cosine(ours[out], exact[out])
            if not got >= want - SLACK:
                problems.append(f"{math} {out}: cosine {got:.5f}, onnxruntime's {want:.5f}")
    first = next(iter(exact))
    rows = exact[first].size // exact[first].shape[-1]
    top = f"{same_top(ours[first], exact[first])} {same_top(theirs[first], exact[first])} of {rows}"
    line = (name, kind, integer, f"{cosine(ours[first], exact[first]):.5f}", f"{cosine(theirs[first], exact[first]):.5f}",
            f"{cosine(ours[first], theirs[first]):.5f}", top)
    if figures:
        print("| " + " | ".join(map(str, line)) + " |", flush=True)
    else:
        print(f"{'FAIL' if problems else 'ok  '} {name}/{kind} {integer} integer products, cosine {line[3]} (onnxruntime {line[4]}) {'; '.join(problems)}", flush=True)
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--cases", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--figures", action="store_true")
    args = parser.parse_args()
    cases = [tuple(c.split("/")) for c in args.cases.split(",") if c] or (ALL if args.all else SMALL)
    if args.figures:
        print("| model | form | integer products | cosine, onnxrun | cosine, onnxruntime | between both | same top-1 as float: onnxrun, onnxruntime |\n|---|---|---|---|---|---|---|")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in cases:
            failures += bool(check(args.program, name, kind, pathlib.Path(folder), args.figures))
    print(f"{len(cases) - failures} passed, {failures} failed")
    return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
