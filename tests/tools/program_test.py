"""Runs onnx-run as a user would: every subcommand, its JSON, and the documented exit status of every kind of failure.

    program_test.py ONNX_RUN"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "models"))
from zoo import BY_NAME  # noqa: E402

PROGRAM = sys.argv[1]
F = TensorProto.FLOAT


def run(*arguments, status=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    if done.returncode != status:
        raise AssertionError(f"onnx-run {' '.join(map(str, arguments))}: exit {done.returncode}, want {status}\n{done.stdout}{done.stderr}")
    if status:
        assert done.stderr.startswith("onnx-run: ") or status in (1, 2), done.stderr
    return done.stdout


def png(path, width, height, value):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([value]) * (3 * width) for _ in range(height))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def save(path, nodes, inputs, outputs, constants=(), opset=18, domains=()):
    graph = helper.make_graph(nodes, "g", inputs, outputs, [numpy_helper.from_array(v, n) for n, v in constants])
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def value(name, shape, kind=F):
    return helper.make_tensor_value_info(name, kind, shape)


class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mnist = BY_NAME["mnist"].path()
        cls.folder = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_help_and_version(self):
        for command in ("info", "check", "run", "compare", "bench", "profile", "explain", "optimize", "batch", "backends", "ops"):
            self.assertIn(command, run("--help"))
            self.assertIn("--help", run(command, "--help"))
        self.assertIn("onnx-run", run("--version"))

    def test_info(self):
        info = json.loads(run("info", self.mnist, "--json"))
        self.assertEqual(info["inputs"][0]["shape"], ["batch", 1, 28, 28])
        self.assertEqual(info["operators"]["Conv"], 2)
        self.assertEqual(info["parameters"], 1199882)
        self.assertIn("1.20 M", run("info", self.mnist))

    def test_run_files(self):
        x = np.random.default_rng(1).standard_normal((2, 1, 28, 28), dtype=np.float32)
        np.savez(self.dir / "in.npz", input=x)
        np.save(self.dir / "in.npy", x)
        run("run", self.mnist, "--inputs", self.dir / "in.npz", "--outputs", self.dir / "a.npz")
        run("run", self.mnist, "--inputs", f"input={self.dir / 'in.npy'}", "--outputs", self.dir / "b.npz")
        a, b = np.load(self.dir / "a.npz")["logits"], np.load(self.dir / "b.npz")["logits"]
        self.assertEqual(a.shape, (2, 10))
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(np.exp(a).sum(axis=1), 1, rtol=1e-5)

    def test_sequences(self):
        infos = [helper.make_tensor_sequence_value_info("s", F, None), value("x", ["N"])]
        made = [helper.make_tensor_sequence_value_info("t", F, None), helper.make_tensor_value_info("n", TensorProto.INT64, [])]
        nodes = [helper.make_node("SequenceInsert", ["s", "x"], ["t"]), helper.make_node("SequenceLength", ["t"], ["n"])]
        model = self.dir / "sequences.onnx"
        save(model, nodes, infos, made)
        info = json.loads(run("info", model, "--json"))["inputs"][0]
        self.assertEqual((info["type"], info["dtype"]), ("seq(f32[...])", "seq"))
        a, b, x = (np.arange(n, dtype=np.float32) for n in (1, 2, 3))
        np.savez(self.dir / "sequence.npz", **{"s.0": a, "s.1": b, "x": x})
        run("run", model, "--inputs", self.dir / "sequence.npz", "--outputs", self.dir / "made.npz")
        self.assertIn("t: seq of 3", run("run", model, "--inputs", self.dir / "sequence.npz"))
        got = np.load(self.dir / "made.npz")
        for name, want in (("t.0", a), ("t.1", b), ("t.2", x), ("n", 3)):
            np.testing.assert_array_equal(got[name], want)
        self.assertIn("want a .pb file, or NAME.0", subprocess.run(
            [PROGRAM, "run", str(model), "--inputs", "s=nothing.npy"], capture_output=True, text=True).stderr)
        data = self.dir / "sequences" / "test_data_set_0"
        data.mkdir(parents=True)
        (data / "input_0.pb").write_bytes(numpy_helper.from_list([a, b], "s").SerializeToString())
        (data / "input_1.pb").write_bytes(numpy_helper.from_array(x, "x").SerializeToString())
        run("run", model, "--inputs", data, "--outputs", data)
        read = onnx.SequenceProto()
        read.ParseFromString((data / "output_0.pb").read_bytes())
        self.assertEqual([t.tolist() for t in numpy_helper.to_list(read)], [a.tolist(), b.tolist(), x.tolist()])
        run("compare", model, "--data", data.parent)
        (data / "output_0.pb").write_bytes(numpy_helper.from_list([a, b, x + 1], "t").SerializeToString())
        self.assertIn("DIFFERS", run("compare", model, "--data", data.parent, status=1))
        (data / "output_0.pb").write_bytes(numpy_helper.from_list([a], "t").SerializeToString())
        self.assertIn("got 3 elements, want 1", run("compare", model, "--data", data.parent, status=1))

    def test_run_says_what_it_generates(self):
        done = subprocess.run([PROGRAM, "run", str(self.mnist), "--shape", "input=3x1x28x28"], capture_output=True, text=True)
        self.assertIn("generated from seed", done.stderr)
        self.assertIn("f32 3x10", done.stdout)

    def test_compare(self):
        data = self.dir / "data" / "test_data_set_0"
        data.mkdir(parents=True)
        x = np.zeros((1, 1, 28, 28), dtype=np.float32)
        (data / "input_0.pb").write_bytes(numpy_helper.from_array(x, "input").SerializeToString())
        run("run", self.mnist, "--inputs", data, "--outputs", data)
        run("compare", self.mnist, "--data", data.parent)
        wrong = numpy_helper.from_array(np.full((1, 10), 7, dtype=np.float32), "logits")
        (data / "output_0.pb").write_bytes(wrong.SerializeToString())
        self.assertIn("DIFFERS", run("compare", self.mnist, "--data", data.parent, status=1))
        run("compare", self.mnist, "--against", "reference", "--rtol", "1e-4", "--atol", "1e-5")
        run("compare", self.mnist, status=2)
        layers = run("compare", self.mnist, "--against", "reference", "--layers", "--rtol", "1e-3", "--atol", "1e-4")
        self.assertIn("values compared", layers)
        self.assertNotIn("first value that differs", layers)
        strict = run("compare", self.mnist, "--against", "reference", "--layers", "--rtol", "0", "--atol", "0", status=1)
        self.assertIn("first value that differs", strict)
        rows = json.loads(run("compare", self.mnist, "--data", data.parent, "--layers", "--json", status=1))["layers"]
        self.assertTrue(rows[0] and all({"name", "op", "cosine"} <= set(row) for row in rows[0]))

    def test_compare_cases(self):
        folder = pathlib.Path(self.folder.name) / "cases"
        for name, value in (("right", 0.0), ("wrong", 5.0)):
            data = folder / name / "test_data_set_0"
            data.mkdir(parents=True)
            graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g",
                                      [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])],
                                      [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])])
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), folder / name / "model.onnx")
            (data / "input_0.pb").write_bytes(numpy_helper.from_array(np.array([-1, 2], np.float32)).SerializeToString())
            (data / "output_0.pb").write_bytes(numpy_helper.from_array(np.array([value, 2], np.float32)).SerializeToString())
        out = run("compare", folder, "--cases", "--jobs", "2", status=1)
        self.assertIn("FAILED wrong: test_data_set_0 y: DIFFERS", out)
        self.assertIn("1 of 2 cases passed", out)
        (folder / "wrong" / "case.json").write_text('{"atol": 10}')
        self.assertTrue(json.loads(run("compare", folder, "--cases", "--json"))["results"][1]["passed"])
        run("compare", folder / "nothing", "--cases", status=2)

    def test_compare_cases_of_bf16(self):
        # Two steps are allowed whatever the case says, three are not.
        for off, status in ((1, 0), (3, 1)):
            folder = self.dir / f"bf16_{off}" / "case"
            (folder / "test_data_set_0").mkdir(parents=True)
            save(folder / "model.onnx", [helper.make_node("Identity", ["x"], ["y"])], [value("x", [2], TensorProto.BFLOAT16)],
                 [value("y", [2], TensorProto.BFLOAT16)])
            (folder / "case.json").write_text('{"rtol": 0.001, "atol": 1e-07}')
            for name, step in (("input_0", 0), ("output_0", off)):
                x = helper.make_tensor("x", TensorProto.BFLOAT16, [2], np.array([0x3F80 + step, 0x4080 + step], np.uint16).tobytes(), raw=True)
                (folder / "test_data_set_0" / f"{name}.pb").write_bytes(x.SerializeToString())
            run("compare", folder.parent, "--cases", status=status)

    def test_bench_json(self):
        report = json.loads(run("bench", self.mnist, "--batch", 4, "--duration", 0.1, "--threads", 1, "--json"))
        for key in ("model", "backend", "math", "threads", "batch", "iterations", "load_ms", "peak_rss_mb", "throughput_per_s"):
            self.assertIn(key, report)
        self.assertEqual(set(report["latency_ms"]), {"min", "mean", "p50", "p90", "p99", "max"})
        self.assertEqual((report["batch"], report["threads"]), (4, 1))
        nodes = json.loads(run("explain", self.mnist, "--shape", "input=4x1x28x28", "--threads", 1, "--json"))["nodes"]
        self.assertEqual(sum(k["nodes"] for k in report["kernels"]), len(nodes))
        self.assertEqual({(k["backend"], k["kernel"]) for k in report["kernels"]}, {(n["backend"], n["kernel"]) for n in nodes})

    def test_profile_trace(self):
        run("profile", self.mnist, "--runs", 2, "--trace", self.dir / "trace.json")
        events = json.loads((self.dir / "trace.json").read_text())["traceEvents"]
        self.assertTrue(events and all(e["ph"] == "X" and e["dur"] >= 0 for e in events))

    def test_explain(self):
        report = json.loads(run("explain", self.mnist, "--json"))
        self.assertTrue(all(n["backend"] for n in report["nodes"]))
        self.assertTrue(any(p["changed"] for p in report["passes"]))
        none = json.loads(run("explain", self.mnist, "--json", "--backend", "reference"))
        self.assertEqual({n["backend"] for n in none["nodes"]}, {"reference"})

    def test_optimize(self):
        self.assertIn("FusedConv", run("optimize", self.mnist, "--text"))
        run("optimize", self.mnist, "-o", self.dir / "optimized.onnx")
        run("run", self.mnist, "--shape", "input=2x1x28x28", "--outputs", self.dir / "a.npz")
        run("run", self.dir / "optimized.onnx", "--shape", "input=2x1x28x28", "--outputs", self.dir / "b.npz")
        np.testing.assert_allclose(np.load(self.dir / "a.npz")["logits"], np.load(self.dir / "b.npz")["logits"], rtol=1e-4, atol=1e-5)

    def test_backends_and_ops(self):
        self.assertIn("reference", run("backends"))
        self.assertIn("| Softmax | ai.onnx | 1, 11, 13 |", run("ops", "--markdown"))
        conv = next(o for o in json.loads(run("ops", "--json")) if o["name"] == "Conv")
        self.assertEqual(sorted(conv["types"][0]), ["bf16", "f16", "f32", "f64"])

    def test_table_of_operators_is_up_to_date(self):
        """ops/README.md is what `ops --markdown` prints, but for backends that one of the two builds doesn't have."""
        def lines(text, backends):
            for line in text.splitlines():
                cells = line.split(" | ")
                if len(cells) == 5:
                    cells[4] = ", ".join(b for b in cells[4].rstrip(" |").split(", ") if b in backends)
                yield cells

        present = {b["name"] for b in json.loads(run("backends", "--json")) if b["present"]}
        kept = pathlib.Path(__file__).resolve().parents[2] / "ops/README.md"
        here, there = run("ops", "--markdown"), kept.read_text()
        common = present & {b for line in there.splitlines() for b in line.rstrip(" |").split(" | ")[-1].split(", ")}
        self.assertIn("reference", common)
        for got, want in zip(lines(there, common), lines(here, common)):
            self.assertEqual(got, want, "write ops/README.md anew, as CONTRIBUTING.md says")
        self.assertEqual(len(here.splitlines()), len(there.splitlines()))

    def test_exit_statuses(self):
        run("run", status=2)
        run("nonesuch", status=2)
        run("run", self.mnist, "--threads", "many", status=2)
        run("run", self.mnist, "--inputs", "nonesuch.npz", status=2)
        run("run", self.mnist, "--shape", "input=1x3x3", status=2)
        run("run", self.mnist, "--disable-pass", "nonesuch", status=2)
        run("run", self.dir / "missing.onnx", status=3)
        (self.dir / "noise.onnx").write_bytes(np.random.default_rng(3).bytes(5000))
        run("run", self.dir / "noise.onnx", status=3)
        (self.dir / "cut.onnx").write_bytes(self.mnist.read_bytes()[:100000])
        run("check", self.dir / "cut.onnx", status=3)
        save(self.dir / "custom.onnx", [helper.make_node("Nonesuch", ["x"], ["y"], domain="x.y")], [value("x", [1])], [value("y", [1])], domains=["x.y"])
        run("check", self.dir / "custom.onnx", status=4)
        run("run", self.mnist, "--backend", "nonesuch", status=5)
        run("run", self.mnist, "--shape", "input=4096x1x28x28", "--memory-limit", 1, status=6)
        run("run", self.mnist, "--time-limit", "0.000000001", status=7)

    def refused(self, says, *arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2, f"{arguments}: {done.stdout}{done.stderr}")
        self.assertIn(says, done.stderr)
        self.assertLess(len(done.stderr), 400)

    def test_arguments_that_make_no_sense(self):
        self.refused("no command 'bogus'; there are info, check", "bogus", self.mnist)
        (self.dir / "bare").mkdir()
        self.refused("directory without a model.onnx", "check", self.dir / "bare")
        for seconds in ("-3", "nan", "inf", "1e300"):
            self.refused("--time-limit", "run", self.mnist, "--time-limit", seconds)
        for option, text in (("--outputs", ""), ("--seed", "-1"), ("--seed", "99999999999999999999"), ("--memory-limit", "-1")):
            self.refused(option, "run", self.mnist, option, text)
        for option, text in (("--duration", "nan"), ("--duration", "-1"), ("--batch", "0"), ("--warmup", "-1")):
            self.refused(option, "bench", self.mnist, option, text)
        self.refused("--rtol", "compare", self.mnist, "--against", "reference", "--rtol", "nan")
        shape = ["--shape", "input=2x1x28x28"]
        self.refused("--dim gives batch two values", "check", self.mnist, "--dim", "batch=3", "--dim", "batch=4")
        self.refused("--shape gives input two values", "run", self.mnist, *shape, "--shape", "input=3x1x28x28")
        self.refused("--batch 4: input input was given a first dimension of 2", "bench", self.mnist, *shape, "--batch", 4)
        run("bench", self.mnist, *shape, *shape, "--batch", 2, "--duration", 0, "--quiet")

    def test_batch_arguments_that_make_no_sense(self):
        (self.dir / "few.txt").write_text("good\nbad\n")
        batch = ["batch", self.text_model(), "--input", self.dir / "few.txt", "--output", "-"]
        for option, text in (("--batch", "0"), ("--top", "0"), ("--label-key", "")):
            self.refused(option, *batch, option, text)
        for taken in ("id", "file", "score", "error", "text", "top"):
            self.refused("--label-key: " + taken, *batch, "--label-key", taken)
        self.refused("there is no file or folder", "batch", self.image_model(), "--input", self.dir / "nowhere", "--output", "-")

    def image_model(self):
        folder = self.dir / "image"
        folder.mkdir(exist_ok=True)
        nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Flatten", ["p"], ["f"]), helper.make_node("MatMul", ["f", "w"], ["y"])]
        save(folder / "model.onnx", nodes, [value("x", ["n", 3, 8, 8])], [value("y", ["n", 2])], [("w", np.array([[-9, 9]] * 3, dtype=np.float32))])
        (folder / "config.json").write_text(json.dumps({"id2label": {"0": "dark", "1": "bright"}, "architectures": ["XForImageClassification"]}))
        (folder / "preprocessor_config.json").write_text(json.dumps({"size": {"height": 8, "width": 8}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}))
        return folder

    def test_batch_images(self):
        photos = self.dir / "photos"
        (photos / "deep").mkdir(parents=True, exist_ok=True)
        png(photos / "a.png", 20, 10, 255)
        png(photos / "deep" / "b.png", 7, 9, 0)
        (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
        (photos / "empty.jpg").write_bytes(b"")
        (photos / "notes.txt").write_text("not an image")
        run("batch", self.image_model(), "--input", photos, "--output", self.dir / "out.jsonl")
        rows = {r["file"]: r for r in map(json.loads, (self.dir / "out.jsonl").read_text().splitlines())}
        self.assertEqual(set(rows), {"a.png", "deep/b.png", "broken.png", "empty.jpg"})
        self.assertEqual((rows["a.png"]["label"], rows["deep/b.png"]["label"]), ("bright", "dark"))
        self.assertGreater(rows["a.png"]["score"], 0.99)
        self.assertTrue("error" in rows["broken.png"] and "error" in rows["empty.jpg"])

    def test_batch_images_that_cannot_be_read(self):
        photos = self.dir / "odd"
        (photos / "deep").mkdir(parents=True)
        noise = np.random.default_rng(3).integers(0, 256, (150, 200, 3), dtype=np.uint8)
        Image.fromarray(noise).save(photos / "whole.jpg")
        jpeg = (photos / "whole.jpg").read_bytes()
        (photos / "cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
        (photos / "gone.png").symlink_to("nowhere.png")
        (photos / "link.jpg").symlink_to("whole.jpg")
        (photos / "folder.png").symlink_to("deep")
        os.mkfifo(photos / "pipe.png")
        for name in ("a.gif", "notes.txt", "deep/b.txt"):
            (photos / name).write_text("no image")
        command = ["batch", self.image_model(), "--input", photos, "--output", "-"]
        done = subprocess.run([PROGRAM, *map(str, command)], capture_output=True, text=True, timeout=60)
        rows = {r["file"]: r for r in map(json.loads, done.stdout.splitlines())}
        self.assertEqual({f for f, r in rows.items() if "error" not in r}, {"whole.jpg", "link.jpg"})
        for file, why in {"cut.jpg": "remature end", "gone.png": "leads nowhere", "pipe.png": "not a regular file", "folder.png": "not a regular file"}.items():
            self.assertIn(why, rows[file]["error"])
        self.assertIn("3 files are no images: a.gif, deep/b.txt, notes.txt\n", done.stderr)
        self.assertNotIn("no image", subprocess.run([PROGRAM, *map(str, command), "--quiet"], capture_output=True, text=True, timeout=60).stderr)

    def text_model(self):
        """Counts the tokens "good" and "bad"."""
        folder = self.dir / "text"
        folder.mkdir(exist_ok=True)
        table = np.zeros((7, 2), dtype=np.float32)
        table[5], table[6] = (-5, 5), (5, -5)
        nodes = [helper.make_node("Gather", ["t", "input_ids"], ["e"]), helper.make_node("ReduceSum", ["e", "one"], ["logits"], keepdims=0)]
        save(folder / "model.onnx", nodes, [value("input_ids", ["n", "s"], TensorProto.INT64)], [value("logits", ["n", 2])],
             [("t", table), ("one", np.array([1]))])
        (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n.\ngood\nbad\n")
        (folder / "config.json").write_text(json.dumps({"id2label": {"0": "negative", "1": "positive"}, "architectures": ["XForSequenceClassification"]}))
        return folder

    def test_batch_texts(self):
        (self.dir / "t.jsonl").write_text('{"id": "x", "text": "Good good."}\nbroken\n{"text": "bad"}\n{"no": 1}\n')
        run("batch", self.text_model(), "--input", self.dir / "t.jsonl", "--output", self.dir / "t.out", "--label-key", "sentiment", "--batch", 2)
        rows = [json.loads(line) for line in (self.dir / "t.out").read_text().splitlines()]
        self.assertEqual([r.get("sentiment") for r in rows], ["positive", None, "negative", None])
        self.assertEqual(rows[0]["id"], "x")
        self.assertTrue("error" in rows[1] and "error" in rows[3])
        (self.dir / "t.txt").write_text("good\nbad bad\n" * 100)
        out = run("batch", self.text_model(), "--input", self.dir / "t.txt", "--output", "-", "--batch", 7).splitlines()
        self.assertEqual([json.loads(r)["label"] for r in out], ["positive", "negative"] * 100)

    def test_outputs_that_are_no_regular_files(self):
        """Pipes and devices are written to, not replaced; links stay links."""
        (self.dir / "few.txt").write_text("good\nbad\n")
        batch = ["batch", self.text_model(), "--input", self.dir / "few.txt"]
        pipe = self.dir / "pipe"
        os.mkfifo(pipe)
        for command in (batch + ["--output", pipe], ["optimize", self.mnist, "-o", pipe], ["profile", self.mnist, "--trace", pipe]):
            with open(self.dir / "came", "wb") as came, subprocess.Popen(["cat", pipe], stdout=came):
                run(*command)
            self.assertGreater((self.dir / "came").stat().st_size, 50)
            self.assertTrue(pipe.is_fifo())
        link = self.dir / "link.jsonl"
        link.symlink_to("linked.jsonl")
        run(*batch, "--output", link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(len((self.dir / "linked.jsonl").read_text().splitlines()), 2)
        run("run", self.mnist, "--shape", "input=1x1x28x28", "--outputs", self.device("full.npz"), status=2)
        for command in (batch + ["--output", self.device("full")], ["optimize", self.mnist, "-o", self.device("full.onnx")]):
            run(*command, status=6)

    def device(self, name):
        """A link to a device without room."""
        link = self.dir / name
        link.symlink_to("/dev/full")
        return link

    def test_standard_output_without_room(self):
        (self.dir / "few.txt").write_text("good\nbad\n")
        for command in (["info", self.mnist], ["backends"], ["ops"], ["explain", self.mnist],
                        ["batch", self.text_model(), "--input", self.dir / "few.txt", "--output", "-"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, *map(str, command)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual(done.returncode, 6, done.stderr)
            self.assertIn("No space left", done.stderr)

    def test_batch_refusals(self):
        run("batch", self.dir / "nowhere", "--input", self.dir, "--output", "-", status=2)
        run("batch", self.text_model(), "--input", self.dir / "missing.txt", "--output", "-", status=2)
        run("batch", self.text_model(), "--input", self.dir / "missing.txt", "--output", "-", "--task", "nonesuch", status=2)


if __name__ == "__main__":
    outcome = unittest.main(argv=sys.argv[:1], exit=False).result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad or not outcome.testsRun else 0)
