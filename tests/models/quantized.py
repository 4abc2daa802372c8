"""Quantised forms of the models of zoo.py, made once by onnxruntime.quantization (four bits: here) and kept beside them.

    qdq, qdq_channel         static, DequantizeLinear and QuantizeLinear around the operators; weights per tensor, per channel
    qdq_reduced              the same per channel with weights of 7 bits, as onnxruntime advises for processors without VNNI
    qoperator                static, QLinearConv and its like
    dynamic, dynamic_channel scales of activations found at every run
    int4                     com.microsoft.MatMulNBits, blocks of 32"""
import hashlib
import pathlib

import numpy as np
import onnx
from onnx import helper, numpy_helper

KINDS = ("qdq", "qdq_channel", "qdq_reduced", "qoperator", "dynamic", "dynamic_channel", "int4")
CALIBRATION = 3  # inputs


def folded(entry, folder):
    """The float model with batch normalisations inside the convolutions, as quantisation wants it."""
    path = folder / "folded.onnx"
    if not path.exists():
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(path.with_suffix(".partial"))
        onnxruntime.InferenceSession(str(entry.path()), options, providers=["CPUExecutionProvider"])
        path.with_suffix(".partial").rename(path)
    return path


def static(source, target, entry, kind):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.inputs = iter([entry.inputs[0](np.random.default_rng(100 + i)) for i in range(CALIBRATION)])

        def get_next(self):
            return next(self.inputs, None)

    quantize_static(str(source), str(target), Reader(), quant_format=QuantFormat.QOperator if kind == "qoperator" else QuantFormat.QDQ,
                    per_channel=kind in ("qdq_channel", "qdq_reduced"), reduce_range=kind == "qdq_reduced",
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


def dynamic(source, target, kind):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(source), str(target), per_channel=kind == "dynamic_channel", weight_type=QuantType.QInt8)


def four_bits(weights, block=32):
    """Codes [N, blocks, block / 2], scales [N, blocks] and packed zero points of weights [K, N]."""
    depth, width = weights.shape
    blocks = (depth + block - 1) // block
    padded = np.zeros((blocks * block, width), np.float32)
    padded[:depth] = weights
    parts = padded.T.reshape(width, blocks, block)
    low, high = np.minimum(parts.min(2), 0), np.maximum(parts.max(2), 0)
    scales = np.maximum((high - low) / 15, 1e-12).astype(np.float32)
    zeros = np.clip(np.rint(-low / scales), 0, 15).astype(np.uint8)
    codes = np.clip(np.rint(parts / scales[..., None]) + zeros[..., None], 0, 15).astype(np.uint8)
    if blocks % 2:
        zeros = np.concatenate([zeros, np.zeros((width, 1), np.uint8)], 1)
    return codes[..., 0::2] | codes[..., 1::2] << 4, scales, (zeros[:, 0::2] | zeros[:, 1::2] << 4).reshape(-1)


def int4(source, target):
    model = onnx.load(str(source))
    weights = {t.name: t for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "MatMul" or node.input[1] not in weights or len(weights[node.input[1]].dims) != 2:
            continue
        array = numpy_helper.to_array(weights[node.input[1]])
        names = [f"{node.input[1]}_{part}" for part in ("codes", "scales", "zeros")]
        if names[0] not in weights:
            for name, part in zip(names, four_bits(array)):
                weights[name] = numpy_helper.from_array(part, name)
                model.graph.initializer.append(weights[name])
        node.input[:] = [node.input[0], *names]
        node.op_type, node.domain = "MatMulNBits", "com.microsoft"
        node.attribute.extend(helper.make_attribute(k, v) for k, v in {"K": array.shape[0], "N": array.shape[1], "bits": 4, "block_size": 32}.items())
    read = {name for node in model.graph.node for name in node.input}
    kept = [t for t in model.graph.initializer if t.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(target))


def quantized(entry, kind):
    """The model's path, made when it isn't there yet."""
    text = pathlib.Path(__file__).read_bytes()
    folder = entry.folder() / f"quantized-{hashlib.sha256(text).hexdigest()[:10]}"
    target = folder / f"{kind}.onnx"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{kind}.partial"
        if kind == "int4":
            int4(entry.path(), partial)
        elif kind.startswith("dynamic"):
            dynamic(folded(entry, folder), partial, kind)
        else:
            static(folded(entry, folder), partial, entry, kind)
        partial.rename(target)
    return target
