"""NVIDIA's gRPC client as it comes from PyPI, with its own messages. Asks `echo` and says what came back."""

import json
import sys

import numpy
import tritonclient.grpc as grpc
from echo import matches, values
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

url, key = sys.argv[1:3]
headers = {"x-api-key": key}
# Field of `InferTensorContents` by type; the client itself fills none of them, it sends all tensors raw.
contents = {
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "UINT8": "uint_contents",
    "INT8": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT64": "uint64_contents",
    "BYTES": "bytes_contents",
    "BOOL": "bool_contents",
}


def raw(client):
    inputs, outputs = [], []
    for name, value in values.items():
        tensor = grpc.InferInput(name, list(value.shape), np_to_triton_dtype(value.dtype))
        tensor.set_data_from_numpy(value)
        inputs.append(tensor)
        outputs.append(grpc.InferRequestedOutput(f"{name}_back"))
    result = client.infer("echo", inputs, outputs=outputs, headers=headers, request_id="mine")
    assert result.get_response().id == "mine", result.get_response()
    return {name: matches(name, result.as_numpy(f"{name}_back")) for name in values}


def typed(client):
    """By the stub below the client."""
    request = service_pb2.ModelInferRequest(model_name="echo", model_version="1", id="mine")
    request.parameters["priority"].int64_param = 1
    for name, value in values.items():
        kind = np_to_triton_dtype(value.dtype)
        tensor = request.inputs.add(name=name, datatype=kind, shape=value.shape)
        elements = [item.encode() if isinstance(item, str) else item for item in value.flatten().tolist()]
        getattr(tensor.contents, contents[kind]).extend(elements)
    answer = client._client_stub.ModelInfer(request, metadata=list(headers.items()))
    assert answer.id == "mine" and not answer.raw_output_contents, answer
    seen = {}
    for output in answer.outputs:
        name = output.name.removesuffix("_back")
        elements = list(getattr(output.contents, contents[output.datatype]))
        back = numpy.array(elements, values[name].dtype).reshape(list(output.shape))
        seen[name] = output.datatype == np_to_triton_dtype(values[name].dtype) and matches(name, back)
    return seen


client = grpc.InferenceServerClient(url)
seen = {
    "live": client.is_server_live(),
    "ready": client.is_server_ready(),
    "model": client.is_model_ready("echo", headers=headers),
    "server": client.get_server_metadata(headers=headers).name,
    "inputs": [tensor.name for tensor in client.get_model_metadata("echo", "1", headers=headers).inputs],
    "raw": raw(client),
    "typed": typed(client),
}
try:
    tensor = grpc.InferInput("matrix", [1, 4], "FP32")
    tensor.set_data_from_numpy(numpy.zeros((1, 4), numpy.float32))
    client.infer("echo", [tensor], headers=headers)
except InferenceServerException as error:
    seen["refused"] = [error.status(), error.message()]
print(json.dumps(seen))
