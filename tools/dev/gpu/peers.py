"""Times of another engine on the benches of gpu-check: lines "ENGINE NAME SHAPE PRECISION MILLISECONDS" are added to FILE.

    peers.py onnxruntime|torch MODELS FILE [--dry]

onnxruntime runs the same models on its CUDA provider; gpu-check has by then held the engine's outputs against those that onnxruntime gave when
the models were made. torch runs the same architectures with weights of its own. Exit 5: the engine is not on this machine, or has no CUDA. --dry: on the processor, the small list."""
import pathlib
import sys
import time

ENGINE, MODELS, FILE = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
DRY = "--dry" in sys.argv
SECONDS = 0.1 if DRY else 0.7


def missing(why):
    print(why)
    sys.exit(5)


def rows():
    """(name, its shapes), in the list's order."""
    found = {}
    for line in (MODELS / f"bench{'_dry' if DRY else ''}.txt").read_text().splitlines():
        name, shape = line.split()
        found.setdefault(name, []).append(shape)
    return found.items()


def median(run):
    for _ in range(5):
        run()
    times, until = [], time.perf_counter() + SECONDS
    while not times or time.perf_counter() < until:
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1000)
    return sorted(times)[len(times) // 2]


def image_size(name):
    return 32 if name == "cifar10" else 224


def add(name, shape, precision, ms):
    with open(FILE, "a") as f:
        f.write(f"{ENGINE} {name} {shape} {precision} {ms:.4f}\n")


def onnxruntime_times():
    try:
        import numpy as np
        import onnxruntime
    except ImportError as e:
        missing(f"onnxruntime is absent: {e}")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers() and not DRY:
        missing(f"onnxruntime {onnxruntime.__version__} has no CUDA provider")
    count = 0
    for name, shapes in rows():
        for precision, suffix, tf32 in (("fp32", "", "0"), ("tf32", "", "1"), ("fp16", "_f16", "1"), ("int8", "_int8", "1")):
            if not (MODELS / f"{name}{suffix}.onnx").exists():
                continue
            providers = ["CPUExecutionProvider"] if DRY else [("CUDAExecutionProvider", {"use_tf32": tf32, "cudnn_conv_algo_search": "HEURISTIC"}), "CPUExecutionProvider"]
            session = onnxruntime.InferenceSession(str(MODELS / f"{name}{suffix}.onnx"), providers=providers)
            if session.get_providers()[0] != "CUDAExecutionProvider" and not DRY:
                missing("onnxruntime's CUDA provider does not load here")
            for shape in shapes:
                feeds = dict(np.load(MODELS / f"{shape}.npz")) if "x" in shape else {}
                for i in session.get_inputs():
                    kind = np.float16 if "float16" in i.type else np.float32
                    feeds.setdefault(i.name, np.random.default_rng(3).standard_normal((int(shape) if "x" not in shape else 1, 3, image_size(name), image_size(name))).astype(kind))
                feeds = {i.name: feeds[i.name] for i in session.get_inputs()}
                add(name, shape, precision, median(lambda: session.run(None, feeds)))
                count += 1
    print(f"onnxruntime {onnxruntime.__version__}, {count} rows")


def torch_resnet50(torch):
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, cin, width, stride, first):
            super().__init__()
            self.inner = nn.Sequential(nn.Conv2d(cin, width, 1), nn.ReLU(), nn.Conv2d(width, width, 3, stride, 1), nn.ReLU(), nn.Conv2d(width, 4 * width, 1))
            self.skip = nn.Conv2d(cin, 4 * width, 1, stride) if first else nn.Identity()

        def forward(self, x):
            return torch.relu(self.inner(x) + self.skip(x))

    layers, cin = [nn.Conv2d(3, 64, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for stage, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
        for block in range(blocks):
            layers.append(Block(cin, width, 2 if stage and not block else 1, not block))
            cin = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def torch_encoder(torch, hidden, heads, layers):
    nn = torch.nn
    layer = nn.TransformerEncoderLayer(hidden, heads, 4 * hidden, activation="gelu", batch_first=True)
    return nn.ModuleDict({"table": nn.Embedding(30522, hidden), "layers": nn.TransformerEncoder(layer, layers), "end": nn.Linear(hidden, 3)})


def torch_run(torch, name, shape, model, dtype, device):
    if "x" not in shape:
        x = torch.randn(int(shape), 3, image_size(name), image_size(name), device=device, dtype=dtype).to(memory_format=torch.channels_last)
        return lambda: model(x).cpu()
    batch, length = map(int, shape.replace("mixed", "").split("x"))
    ids = torch.randint(5, 1000, (batch, length), device=device)
    lengths = torch.tensor([length - row * length // (batch + 1) if "mixed" in shape else length for row in range(batch)], device=device)
    padding = torch.arange(length, device=device)[None] >= lengths[:, None] if "mixed" in shape else None

    def run():
        x = model["layers"](model["table"](ids), src_key_padding_mask=padding)
        return model["end"](x[:, 0]).cpu()

    return run


def torch_times():
    try:
        import torch
    except ImportError as e:
        missing(f"torch is absent: {e}")
    if not torch.cuda.is_available() and not DRY:
        missing(f"torch {torch.__version__} has no CUDA here")
    device, count = "cpu" if DRY else "cuda", 0
    encoders = {"bert_base": (768, 12, 12), "bert_large": (1024, 16, 24), "minilm_fused": (384, 12, 6)}
    torch.backends.cudnn.benchmark = True
    with torch.inference_mode():
        for name, shapes in rows():
            plain = torch_encoder(torch, *encoders[name]) if name in encoders else torch_resnet50(torch)
            for precision, dtype, tf32 in (("fp32", torch.float32, False), ("tf32", torch.float32, True), ("fast:bf16", torch.bfloat16, True), ("fp16", torch.float16, True)):
                torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
                model = plain.to(device=device, dtype=dtype).eval()
                for shape in shapes:
                    add(name, shape, precision, median(torch_run(torch, name, shape, model, dtype, device)))
                    count += 1
    print(f"torch {torch.__version__}, {count} rows")


if __name__ == "__main__":
    {"onnxruntime": onnxruntime_times, "torch": torch_times}[ENGINE]()
