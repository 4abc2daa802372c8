"""Random models on every backend against onnxruntime: `differential_test.py ONNX_RUN [--families A,B] [--seeds FIRST:LAST] [--work DIR]`.

Without --seeds: a small fixed set of every family. What onnxruntime refuses is judged by the generator's formula, if any, or by ONNX's own (slow) evaluator, and
what these refuse, too, by our reference backend; where a backend disagrees with onnxruntime, formula or evaluator has the last word. What is known of onnxruntime to be
wrong, a generator avoids or says `case.distrusted`, with the reason beside it. A seed fails when a backend disagrees, refuses what a judge runs, or ends in any way
but an answer or an error: mend it with a test beside what was wrong, for seeds mean other models once a generator changes."""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import onnxruntime

from generate import FAMILIES, generate
from judges import judgement, proto, reference_run

BACKENDS = ("reference", "cpu,reference", "onednn,cpu,reference")
FIXED = range(0, 40)
CHUNK = 200  # cases that one process runs: a crash or a hang makes each of them run again, alone


def write_case(program, seed, folder):
    """A folder that `onnx-run compare --cases` takes; who judges it, and None or a text that says what is wrong."""
    case = generate(seed)
    model = case.model()
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    relative, absolute = case.tolerance()
    (folder / "case.json").write_text(json.dumps({"rtol": relative, "atol": absolute}))
    for i, info in enumerate(model.graph.input):
        (data / f"input_{i}.pb").write_bytes(proto(case.feeds[info.name], info.name).SerializeToString())
    judge, outputs = judgement(case, model)
    if judge:
        write_outputs(data, outputs)
        return judge, None
    done = reference_run(program, folder)
    if done.returncode == 0:
        return "reference", None
    shutil.rmtree(folder)
    return "nobody", None if done.returncode in (3, 4, 6) else f"exit {done.returncode}: {done.stderr.strip()[-300:]}"


def write_outputs(data, outputs):
    for i, value in enumerate(outputs):
        (data / f"output_{i}.pb").write_bytes(value)


def compare(program, folder, backend):
    """name -> why it failed. After a crash or a hang every case runs on its own, so that one is blamed."""
    cases = sorted(p for p in folder.iterdir() if p.is_dir())
    limit = 20 + len(cases) // 4
    command = [program, "compare", folder, "--cases", "--json", "--jobs", str(len(os.sched_getaffinity(0))), "--backend", backend]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
        if done.returncode in (0, 1):
            return {r["name"]: r["why"] for r in json.loads(done.stdout)["results"] if not r["passed"]}
        end = f"exit {done.returncode}: {done.stderr.strip()[-300:]}"
    except subprocess.TimeoutExpired:
        end = f"still running after {limit} seconds"
    if len(cases) == 1:
        return {cases[0].name: end}
    failed = {}
    for case in cases:
        with tempfile.TemporaryDirectory(dir=folder.parent) as alone:
            shutil.copytree(case, pathlib.Path(alone) / case.name)
            failed.update(compare(program, pathlib.Path(alone), backend))
    return failed


def disagreements(program, folder):
    """name -> backend -> why."""
    by_case = {}
    for backend in BACKENDS:
        for name, why in compare(program, folder, backend).items():
            by_case.setdefault(name, {})[backend] = why
    return by_case


def run(program, seeds, work):
    """Failures as (seed, backends, why), and how many cases each judge had."""
    folder, judges, failures = work / f"cases_{seeds[0]}", {}, []
    for seed in seeds:
        judge, wrong = write_case(program, seed, folder / seed)
        judges[judge] = judges.get(judge, 0) + 1
        if wrong:
            failures.append((seed, "reference", wrong))
    disagreeing = disagreements(program, folder)
    appeals, appealed = work / f"appeals_{seeds[0]}", {}
    for name in disagreeing:
        case = generate(name)
        judge, outputs = judgement(case, case.model(), ("formula", "evaluator"))
        if judge:
            appealed[name] = judge
            shutil.copytree(folder / name, appeals / name)
            write_outputs(appeals / name / "test_data_set_0", outputs)
    if appeals.exists():
        lost = disagreements(program, appeals)
        for won in {p.name for p in appeals.iterdir()} - lost.keys():
            del disagreeing[won]
            key = f"{appealed[won]} against onnxruntime on {generate(won).nodes[-1].op_type}"
            judges[key] = judges.get(key, 0) + 1
    for name, whys in sorted(disagreeing.items()):
        failures.append((name, "; ".join(whys), next(iter(whys.values()))))
    for seed, backends, why in failures:
        nodes = ", ".join(n.op_type for n in generate(seed).nodes)
        print(f"seed {seed} ({nodes[:120]}) on {backends}: {why}", flush=True)
    return judges, len(failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--seeds", help="FIRST:LAST of every family, the last one not included")
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--work", type=pathlib.Path, help="folder for the cases of this run, kept afterwards")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    onnxruntime.set_default_logger_severity(4)
    numbers = range(*map(int, args.seeds.split(":"))) if args.seeds else FIXED
    seeds = [f"{family}:{number}" for family in args.families.split(",") for number in numbers]
    work = args.work or pathlib.Path(tempfile.mkdtemp())
    judges, failed = collections.Counter(), 0
    for first in range(0, len(seeds), CHUNK):
        judged, wrong = run(args.program, seeds[first:first + CHUNK], work)
        judges.update(judged)
        failed += wrong
    print(f"{len(seeds)} seeds, judged by " + ", ".join(f"{k} {v}" for k, v in sorted(judges.items())) + f"; {failed} failed")
    if not args.work:
        shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
