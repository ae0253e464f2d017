"""Writes pytorch-export.json: an ONNX file that PyTorch's own exporter made, as text.

PyTorch is too heavy for the tests, so its file is kept as ProtoBuf JSON, every weight a readable number. To make it
again: pip install torch==2.15.0 onnxscript==0.7.2, then python pytorch_export.py.
"""

import io
import json
from pathlib import Path

import numpy
import onnx
import torch
from google.protobuf.json_format import MessageToDict
from onnx import numpy_helper

torch.manual_seed(0)


class Network(torch.nn.Module):
    """Four features to the scores of three classes, scaled inside."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([1.0, 2.0, 3.0, 4.0]))
        self.register_buffer("deviation", torch.tensor([0.5, 1.0, 1.5, 2.0]))
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(4, 5), torch.nn.GELU(), torch.nn.LayerNorm(5), torch.nn.Linear(5, 3)
        )

    def forward(self, features):
        scores = self.layers((features - self.mean) / self.deviation)
        return scores.argmax(dim=1), torch.softmax(scores, dim=1)


network = Network().eval()
rows = torch.randn(6, 4) * network.deviation + network.mean
buffer = io.BytesIO()
torch.onnx.export(
    network,
    (rows,),
    buffer,
    input_names=["features"],
    output_names=["label", "probabilities"],
    dynamic_shapes={"features": {0: torch.export.Dim("batch")}},
    dynamo=True,
)
model = onnx.load_from_string(buffer.getvalue())
onnx.checker.check_model(model)
# The trace of where each node comes from names files of the machine that exported it.
for node in model.graph.node:
    node.ClearField("metadata_props")
    node.ClearField("doc_string")
for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
    value.ClearField("metadata_props")
model.graph.ClearField("metadata_props")
for tensor in model.graph.initializer:
    array = numpy_helper.to_array(tensor)
    tensor.ClearField("raw_data")
    tensor.ClearField("metadata_props")
    if array.dtype == numpy.float32:
        tensor.float_data.extend(array.flatten().tolist())
    else:
        tensor.int64_data.extend(array.flatten().tolist())
label, probabilities = network(rows)
text = json.dumps(
    {
        "model": MessageToDict(model),
        "rows": rows.tolist(),
        "label": label.tolist(),
        "probabilities": probabilities.tolist(),
    },
    indent=1,
)
(Path(__file__).parent / "pytorch-export.json").write_text(text + "\n")
