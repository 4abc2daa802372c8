"""Runs the models through onnx-run and compares every output with onnxruntime's.

    compare_test.py ONNX_RUN [--models a,b] [--small | --real] [--math fast] [--backend acl] [--under EMULATOR]

Tolerances: exact 1e-4 and default 1e-3 of the largest value; fast and touchy models cosine 0.999 (or what real.py says of a model under fast), and under fast, where a trained model
classifies, the same class first; whole numbers and strings are equal. onnxruntime's outputs are kept beside the models. --under: an
emulator runs the program ("qemu-aarch64 -cpu max")."""
import argparse
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy as np

from real import REAL
from zoo import BY_NAME, RealEntry, ZOO

LIMITS = {"exact": 1e-4, "default": 1e-3}


def expected(entry, which, feeds):
    path = entry.folder() / f"expected_{which}.npz"
    if not path.exists():
        import onnxruntime

        session = onnxruntime.InferenceSession(str(entry.path()), providers=["CPUExecutionProvider"])
        names = [o.name for o in session.get_outputs()]
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **dict(zip(names, session.run(names, feeds))))
        partial.rename(path)
    return dict(np.load(path))


def problem(got, want, loose, limit, least_cosine, trained):
    """What is wrong with one output, or None. `loose`: only its direction counts, and of a trained model the first class."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"got {got.dtype}{got.shape}, want {want.dtype}{want.shape}"
    if want.dtype.kind not in "f":
        return None if (got == want).all() else f"{int((got != want).sum())} of {want.size} elements differ"
    got, want = got.astype(np.float64), want.astype(np.float64)
    if loose:
        cosine = float((got * want).sum() / max(np.linalg.norm(got) * np.linalg.norm(want), 1e-30))
        if trained and got.ndim == 2 and (got.argmax(1) != want.argmax(1)).any():
            return f"first are {got.argmax(1)}, want {want.argmax(1)}"
        return None if cosine >= least_cosine else f"cosine {cosine:.5f}, want {least_cosine}"
    error = float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-30))
    return None if error <= limit else f"differs by {error:.2e} of the largest value, allowed {limit:.0e}"


def run(args, entry, which, math, threads, folder):
    feeds = entry.feeds(which)
    want = expected(entry, which, feeds)
    np.savez(folder / "in.npz", **feeds)
    command = shlex.split(args.under) + [args.program, "run", str(entry.path()), "--inputs", str(folder / "in.npz"), "--outputs", str(folder / "out.npz"), "--math", math,
               "--threads", str(threads), "--quiet"]
    if args.backend:
        command += ["--backend", args.backend]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return [f"exit {done.returncode}: {done.stderr.strip()[:2000]}"]
    got = dict(np.load(folder / "out.npz"))
    if set(got) != set(want):
        return [f"outputs are {sorted(got)}, want {sorted(want)}"]
    loose = math == "fast" or entry.touchy
    least_cosine = entry.fast_cosine if math == "fast" else 0.999
    trained = math == "fast" and isinstance(entry, RealEntry)
    return [f"{name}: {why}" for name in want if (why := problem(got[name], want[name], loose, LIMITS.get(math), least_cosine, trained))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--models", default="")
    parser.add_argument("--small", action="store_true", help="leave out the large models")
    parser.add_argument("--real", action="store_true", help="the models of real.py instead")
    parser.add_argument("--math", choices=["exact", "default", "fast"])
    parser.add_argument("--backend", default="")
    parser.add_argument("--under", default="")
    args = parser.parse_args()
    by_name = {e.name: e for e in REAL} if args.real else BY_NAME
    chosen = [by_name[n] for n in args.models.split(",") if n] or (REAL if args.real else []) or [e for e in ZOO if not (args.small and e.large)]
    failures = runs = 0
    with tempfile.TemporaryDirectory() as folder:
        for entry in chosen:
            for which in range(len(entry.inputs)):
                for math, threads in [("exact", 1), ("default", 2), ("fast", 2)]:
                    if args.math and math != args.math:
                        continue
                    runs += 1
                    problems = run(args, entry, which, math, threads, pathlib.Path(folder))
                    failures += bool(problems)
                    print(f"{'FAIL' if problems else 'ok  '} {entry.name} inputs {which} math {math} threads {threads} {'; '.join(problems)}", flush=True)
    print(f"{runs - failures} passed, {failures} failed")
    return 1 if failures or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
