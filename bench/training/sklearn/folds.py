"""Scores of scikit-learn's models over given folds.

Reads from standard input {"columns": {name: values}, "words": [names], "labels": [...], "folds": [[rows held out]],
"models": [names]}; writes {model: {"scores": [one a fold], "cpu": seconds}}.
"""

import json
import sys
import time

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

asked = json.load(sys.stdin)
names = list(asked["columns"])
words = [names.index(name) for name in asked["words"]]
numbers = [place for place in range(len(names)) if place not in words]
columns = [
    np.array([np.nan if value is None else value for value in asked["columns"][name]], dtype=float)
    for name in names
]
x = np.column_stack(columns)
y = np.array(asked["labels"])


def encoded(scaler):
    """Numbers filled and scaled, words (by their indices) as indicators."""
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), scaler), numbers),
        (OneHotEncoder(handle_unknown="ignore"), words),
    )


models = {
    "linear discriminant": lambda: make_pipeline(encoded(StandardScaler()), LinearDiscriminantAnalysis()),
    "logistic regression": lambda: make_pipeline(encoded(StandardScaler()), LogisticRegression(max_iter=2000)),
    "support vectors": lambda: make_pipeline(encoded("passthrough"), SVC(gamma=0.001, C=10)),
    "boosted trees": lambda: HistGradientBoostingClassifier(
        categorical_features=words, learning_rate=0.05, max_iter=150, max_leaf_nodes=15, random_state=0
    ),
}

answer = {}
for name in asked["models"]:
    started = time.process_time()
    scores = []
    for held_out in asked["folds"]:
        test = np.zeros(len(y), dtype=bool)
        test[held_out] = True
        model = models[name]().fit(x[~test], y[~test])
        if asked["score"] == "auc_roc":
            scores.append(roc_auc_score(y[test], model.predict_proba(x[test])[:, 1]))
        else:
            scores.append(float(np.mean(model.predict(x[test]) == y[test])))
    answer[name] = {"scores": scores, "cpu": time.process_time() - started}
json.dump(answer, sys.stdout)
