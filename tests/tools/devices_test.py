"""Scores rows on several devices of one machine, which tests/backends/cuda/emulator makes up.

    devices_test.py ONNX_RUN FOLDER_OF_EMULATED_LIBRARIES"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PROGRAM, LIBRARIES = sys.argv[1:3]
TEXTS = [" ".join(["good"] * (i % 7) + ["bad"] * (i * 5 % 11) + ["."]) for i in range(300)]


def run(library, *arguments, status=0):
    environment = dict(os.environ, ONNXRUN_CUDA_LIBRARY=f"{LIBRARIES}/libonnxrun_cuda_{library}.so")
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300, env=environment)
    if done.returncode != status:
        raise AssertionError(f"onnx-run {' '.join(map(str, arguments))}: exit {done.returncode}, want {status}\n{done.stdout}{done.stderr}")
    return done


class Devices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.folder.name)
        draw = np.random.default_rng(5)
        weights = [("t", draw.standard_normal((7, 16))), ("w", draw.standard_normal((16, 2)))]
        weights[0][1][0] = 0  # padding adds nothing: which rows share a batch differs from run to run
        constants = [numpy_helper.from_array(v.astype(np.float32), n) for n, v in weights] + [numpy_helper.from_array(np.array([1]), "one")]
        nodes = [helper.make_node("Gather", ["t", "input_ids"], ["e"]), helper.make_node("MatMul", ["e", "w"], ["m"]),
                 helper.make_node("ReduceSum", ["m", "one"], ["logits"], keepdims=0)]
        ends = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "s"]), helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])]
        graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], constants)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), cls.dir / "model.onnx")
        (cls.dir / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n.\ngood\nbad\n")
        (cls.dir / "config.json").write_text(json.dumps({"architectures": ["XForSequenceClassification"]}))
        (cls.dir / "t.txt").write_text("\n".join(TEXTS) + "\n")
        cls.want = cls.scores("trio", "cpu")[0]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def scores(cls, library, backends, status=0):
        done = run(library, "batch", cls.dir, "--input", cls.dir / "t.txt", "--output", "-", "--batch", 4, "--backend", backends, status=status)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def check_rows(self, rows):
        self.assertEqual([r["id"] for r in rows], list(range(len(TEXTS))))
        self.assertEqual([r["label"] for r in rows], [r["label"] for r in self.want])
        for row, want in zip(rows, self.want):
            self.assertAlmostEqual(row["score"], want["score"], places=4)

    def test_all_devices_share_the_rows(self):
        for library in ("trio", "no_nccl"):
            rows, told = self.scores(library, "cuda,cpu")
            self.check_rows(rows)
            by_device = dict(re.findall(r"(cuda:\d) (\d+)", told))
            self.assertEqual(sorted(by_device), ["cuda:0", "cuda:1", "cuda:2"], told)
            self.assertEqual(sum(map(int, by_device.values())), len(TEXTS), told)
            self.assertTrue(all(int(rows) > 0 for rows in by_device.values()), told)
            self.assertIn("300 rows scored, 0 failed", told)

    def test_named_devices(self):
        rows, told = self.scores("trio", "cuda:2,cuda:0,cpu")
        self.check_rows(rows)
        self.assertEqual(re.findall(r"cuda:\d", told), ["cuda:2", "cuda:0"])
        rows, told = self.scores("trio", "cuda:1,cpu")
        self.check_rows(rows)
        self.assertNotIn("cuda:", told)

    def test_a_device_without_memory_is_named_and_nothing_is_lost(self):
        rows, told = self.scores("uneven", "cuda")
        self.check_rows(rows)
        lines = [line for line in told.splitlines() if line.startswith("cuda:1 takes no more rows")]
        self.assertTrue(len(lines) == 1 and "of memory left" in lines[0], told)
        self.assertIn("cuda:1 0", told)
        rows, told = self.scores("uneven", "cuda:1", status=1)
        self.assertTrue(all("of memory left" in r["error"] for r in rows))

    def test_devices_are_listed_and_refused_by_name(self):
        lines = [line for line in run("trio", "backends").stdout.splitlines() if line.startswith("cuda: ")]
        self.assertEqual([line.rsplit(" ", 1)[1] for line in lines], ["cuda:0", "cuda:1", "cuda:2"])
        operators = json.loads(run("trio", "ops", "--json").stdout)
        self.assertTrue(all(len(o["backends"]) == len(set(o["backends"])) for o in operators))
        self.assertTrue(any("cuda" in o["backends"] for o in operators))
        done = run("trio", "run", self.dir, "--shape", "input_ids=1x2", "--backend", "cuda:3", status=5)
        self.assertIn("backend cuda:3 is absent: no device: there is no such emulated device", done.stderr)
        for name in ("cuda:", "cuda:x", "cuda:-1", "cudax"):
            self.assertIn("there is no backend called", run("trio", "run", self.dir, "--backend", name, status=5).stderr)


if __name__ == "__main__":
    outcome = unittest.main(argv=sys.argv[:1], exit=False).result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad or not outcome.testsRun else 0)
