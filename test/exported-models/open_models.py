"""Opens registered models as anybody with stock MLflow does, and prints what they are and what they answer.

Reads from the standard input, for each model's name, the values of its inputs; the tracking server is MLflow's setting.
"""

import json
import sys
from pathlib import Path

import mlflow
import numpy
import onnx
import onnxruntime

TYPES = {
    "BOOL": bool,
    "INT32": numpy.int32,
    "INT64": numpy.int64,
    "FP32": numpy.float32,
    "FP64": numpy.float64,
    "BYTES": str,
}


def array(value):
    return numpy.array(value["data"], dtype=TYPES[value["dataType"]]).reshape(value["shape"])


def answers(outputs):
    return {name: numpy.asarray(value).tolist() for name, value in outputs.items()}


def run(model, feeds):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return answers(dict(zip(names, session.run(names, feeds))))


def described(file, feeds):
    onnx.checker.check_model(str(file), full_check=True)
    model = onnx.load(file)
    return {
        "operatorSets": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "firstSizes": [
            value.type.tensor_type.shape.dim[0].dim_param for value in [*model.graph.input, *model.graph.output]
        ],
        "answers": run(model, feeds),
    }


found = {}
for name, inputs in json.load(sys.stdin).items():
    feeds = {key: array(value) for key, value in inputs.items()}
    uri = f"models:/{name}@champion"
    folder = Path(mlflow.artifacts.download_artifacts(uri))
    found[name] = {
        "graphs": {
            str(file.relative_to(folder)): described(file, feeds) for file in sorted(folder.rglob("*.onnx"))
        },
        "loaded": run(mlflow.onnx.load_model(uri), feeds),
        "served": answers(mlflow.pyfunc.load_model(uri).predict(feeds)),
    }
print(json.dumps(found))
