"""Who says what a case's outputs are: onnxruntime, ONNX's own evaluator, or our reference backend."""
import os
import pickle
import signal
import subprocess

import numpy as np
import onnxruntime
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def proto(value, name):
    """What a .pb file holds of a tensor, list or dict."""
    if isinstance(value, dict):  # Python's own numbers stand for float32
        return numpy_helper.from_dict({key: np.asarray(v, np.float32 if isinstance(v, float) else object) for key, v in value.items()}, name)
    if isinstance(value, list):
        return numpy_helper.from_list([{k: np.float32(v) for k, v in e.items()} if isinstance(e, dict) else e for e in value], name)
    return numpy_helper.from_array(np.asarray(value), name)


def in_a_child(function):
    """What function() returns; None when its process crashes or takes more than a minute: a judge that does is a refusal."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(60)
            with os.fdopen(write, "wb") as pipe:
                pipe.write(pickle.dumps(function()))
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else None


def onnxruntime_outputs(model, feeds):
    """None where it refuses. Without optimisation: it is the operators' meaning that counts."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        outputs = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, feeds)
        return [proto(v, o.name).SerializeToString() for v, o in zip(outputs, model.graph.output)]
    except Exception:  # it has many kinds, all of them a refusal
        return None


def formula_outputs(case):
    if case.expected is None:
        return None
    return [proto(v, o.name).SerializeToString() for v, o in zip(case.expected, case.outputs)]


def evaluator_outputs(model, feeds):
    """ONNX's evaluator; None where it has no answer of the right type."""
    if any(o.type.WhichOneof("value") != "tensor_type" for o in model.graph.output):
        return None
    try:
        outputs = ReferenceEvaluator(model).run(None, feeds)
        types = [helper.tensor_dtype_to_np_dtype(o.type.tensor_type.elem_type) for o in model.graph.output]
        if all(np.asarray(o).dtype == t for o, t in zip(outputs, types)):
            return [proto(v, o.name).SerializeToString() for v, o in zip(outputs, model.graph.output)]
    except Exception:  # whatever its Python code trips over
        pass
    return None


def reference_run(program, folder):
    """Whether our reference runs what the others refuse; writes the outputs beside the inputs."""
    data = folder / "test_data_set_0"
    command = [program, "run", folder / "model.onnx", "--inputs", data, "--outputs", folder / "own", "--backend", "reference", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode == 0:
        for file in (folder / "own").glob("output_*.pb"):
            file.rename(data / file.name)
    return done


def judgement(case, model, judges=("onnxruntime", "formula", "evaluator")):
    """The first of the judges that has an answer, and the answer: a serialised TensorProto, SequenceProto or MapProto per output."""
    for judge in judges:
        if judge in case.distrusted:
            continue
        if judge == "formula":
            outputs = formula_outputs(case)
        else:
            outputs_of = onnxruntime_outputs if judge == "onnxruntime" else evaluator_outputs
            outputs = in_a_child(lambda: outputs_of(model, case.feeds))
        if outputs is not None:
            return judge, outputs
    return None, None
