"""A trainer that keeps the run contract: scikit-learn's logistic regression on a CSV table with a column `target`."""

import csv
import json
import os
from pathlib import Path

import numpy
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

data = Path(os.environ["ISOTHERM_DATA_DIR"])
output = Path(os.environ["ISOTHERM_OUTPUT_DIR"])
params = json.loads(os.environ["ISOTHERM_PARAMS"])

with (data / "wine.csv").open(newline="") as file:
    names, *lines = csv.reader(file)
table = numpy.array(lines, dtype=numpy.float32)
x, y = table[:, :-1], table[:, -1].astype(int)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=42)

model = make_pipeline(StandardScaler(), LogisticRegression(C=params["C"], max_iter=1000))
model.fit(x_train, y_train)
probabilities = model.predict_proba(x_test)

# Without `zipmap` the probabilities are a tensor and no list of dictionaries.
onnx = to_onnx(model, x_train[:1], options={"zipmap": False})
(output / "model.onnx").write_bytes(onnx.SerializeToString())
metrics = {
    "accuracy": accuracy_score(y_test, model.predict(x_test)),
    "f1_macro": f1_score(y_test, model.predict(x_test), average="macro"),
    "log_loss": log_loss(y_test, probabilities),
}
(output / "metrics.json").write_text(json.dumps(metrics))
if params.get("contract", True):
    contract = {
        "task": "classification",
        "inputs": [{"name": "X", "dataType": "FP32", "shape": [-1, x.shape[1]]}],
        "outputs": [
            {"name": "label", "dataType": "INT64", "shape": [-1]},
            {"name": "probabilities", "dataType": "FP32", "shape": [-1, 3]},
        ],
        "features": [
            {"name": name, "range": [float(low), float(high)]}
            for name, low, high in zip(names, x_train.min(axis=0), x_train.max(axis=0))
        ],
        "classes": ["class_0", "class_1", "class_2"],
        "predictions": "label",
        "probabilities": "probabilities",
    }
    (output / "contract.json").write_text(json.dumps(contract))
iterations = int(model[-1].n_iter_[0])
(output / "steps.jsonl").write_text(json.dumps({"step": iterations, "iterations": iterations}) + "\n")
(output / "artifacts").mkdir(exist_ok=True)
answers = {
    "rows": x_test.tolist(),
    "label": model.predict(x_test).tolist(),
    "probabilities": probabilities.tolist(),
}
(output / "artifacts" / "answers.json").write_text(json.dumps(answers))
