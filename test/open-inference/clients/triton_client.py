"""NVIDIA's client as it comes from PyPI: its defaults send tensors as bytes. Asks `echo` and says what came back."""

import json
import sys

import numpy
import tritonclient.http as http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

url, key = sys.argv[1:3]


def headers():
    """Anew for each call: the client writes into what it is given."""
    return {"x-api-key": key}


values = {
    "matrix": numpy.array([[0.5, -1.25, 3.0], [1e-30, 2.0, 1e30]], numpy.float32),
    "double": numpy.array([0.1, -1e300], numpy.float64),
    "tiny": numpy.array([0, 255], numpy.uint8),
    "small": numpy.array([-128, 127], numpy.int8),
    "middle": numpy.array([-(2**31), 2**31 - 1], numpy.int32),
    "long": numpy.array([2**53 + 1, -(2**63)], numpy.int64),
    "natural": numpy.array([0, 2**64 - 1], numpy.uint64),
    "text": numpy.array([["Größe"], ["日本"]], numpy.object_),
    "flag": numpy.array([True, False], numpy.bool_),
}

def matches(result, name):
    back = result.as_numpy(f"{name}_back")
    value = values[name]
    if value.dtype == numpy.object_:
        # Bytes where they came as bytes, text where they came in JSON.
        texts = [item.decode() if isinstance(item, bytes) else item for item in back.flat]
        back = numpy.array(texts, numpy.object_).reshape(back.shape)
    return back.shape == value.shape and bool((back == value).all())


def ask(client, binary_input, binary_output, **options):
    inputs, outputs = [], []
    for name, value in values.items():
        tensor = http.InferInput(name, list(value.shape), np_to_triton_dtype(value.dtype))
        tensor.set_data_from_numpy(value, binary_data=binary_input)
        inputs.append(tensor)
        outputs.append(http.InferRequestedOutput(f"{name}_back", binary_data=binary_output))
    result = client.infer("echo", inputs, outputs=outputs, headers=headers(), request_id="mine", **options)
    assert result.get_response()["id"] == "mine", result.get_response()
    return {name: matches(result, name) for name in values}


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
