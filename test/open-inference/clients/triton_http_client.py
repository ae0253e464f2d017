"""NVIDIA's client as it comes from PyPI: its defaults send tensors as bytes. Asks `echo` and says what came back."""

import json
import sys

import numpy
import tritonclient.http as http
from echo import matches, values
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

url, key = sys.argv[1:3]


def headers():
    """Anew for each call: the client writes into what it is given."""
    return {"x-api-key": key}


def ask(client, binary_input, binary_output, **options):
    inputs, outputs = [], []
    for name, value in values.items():
        tensor = http.InferInput(name, list(value.shape), np_to_triton_dtype(value.dtype))
        tensor.set_data_from_numpy(value, binary_data=binary_input)
        inputs.append(tensor)
        outputs.append(http.InferRequestedOutput(f"{name}_back", binary_data=binary_output))
    result = client.infer("echo", inputs, outputs=outputs, headers=headers(), request_id="mine", **options)
    assert result.get_response()["id"] == "mine", result.get_response()
    return {name: matches(name, result.as_numpy(f"{name}_back")) for name in values}


client = http.InferenceServerClient(url)
seen = {
    "live": client.is_server_live(headers=headers()),
    "ready": client.is_server_ready(headers=headers()),
    "model": client.is_model_ready("echo", headers=headers()),
    "extensions": client.get_server_metadata(headers=headers())["extensions"],
    "inputs": [tensor["name"] for tensor in client.get_model_metadata("echo", headers=headers())["inputs"]],
    "binary": ask(client, True, True),
    "json": ask(client, False, False),
    "mixed": ask(client, True, False),
    "compressed": ask(client, True, True, request_compression_algorithm="gzip", response_compression_algorithm="gzip"),
}
try:
    tensor = http.InferInput("matrix", [1, 4], "FP32")
    tensor.set_data_from_numpy(numpy.zeros((1, 4), numpy.float32))
    client.infer("echo", [tensor], headers=headers())
except InferenceServerException as error:
    seen["refused"] = str(error)
print(json.dumps(seen))
