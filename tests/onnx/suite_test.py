"""The official suite of ONNX against onnx-run: `suite_test.py ONNX_RUN [--update] [--kind KIND] [--backend NAME] [--under EMULATOR]`.
passing.txt lists what passed once, a line KIND/CASE; it only grows: a listed case that fails is an error, a new one that passes is shown,
and added by --update. Why the others can't or don't pass yet is in exceptions.md. --kind: these cases only ("node": single operators). With
--backend one backend gets what it takes and the reference the rest; with --under an emulator runs the program ("qemu-aarch64 -cpu max")."""
import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys

from export_suite import suite_folder

HERE = pathlib.Path(__file__).parent


def run(args, folder):
    jobs = str(len(os.sched_getaffinity(0)))
    command = shlex.split(args.under) + [args.program, "compare", folder / args.kind, "--cases", "--jobs", jobs, "--json"]
    if args.backend:
        command += ["--backend", args.backend]
    done = subprocess.run(command, capture_output=True, text=True, timeout=7200 if args.under else 1500)
    if done.returncode not in (0, 1):
        sys.exit(f"onnx-run ended with {done.returncode}\n{done.stderr[-2000:]}")
    return {str(pathlib.PurePosixPath(args.kind, r["name"])): r for r in json.loads(done.stdout)["results"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--kind", default="")
    parser.add_argument("--backend")
    parser.add_argument("--under", default="")
    args = parser.parse_args()
    results = run(args, suite_folder())
    everything = set((HERE / "passing.txt").read_text().split())
    listed = {name for name in everything if not args.kind or name.startswith(args.kind + "/")}
    passed = {name for name, r in results.items() if r["passed"]}
    for kind in sorted({name.split("/")[0] for name in results}):
        names = {name for name in results if name.startswith(kind + "/")}
        print(f"{kind}: {len(names & passed)} of {len(names)} cases")
    lost, gained = sorted(listed - passed), sorted(passed - listed)
    for name in lost:
        print("LOST", name, results.get(name, {"why": "no such case"})["why"])
    for name in gained:
        print("new:", name)
    if args.update:
        (HERE / "passing.txt").write_text("".join(f"{n}\n" for n in sorted(everything | passed)))
    print(f"{len(passed)} of {len(results)} passed, {len(lost)} of {len(listed)} listed ones lost")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
