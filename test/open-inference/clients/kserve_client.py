"""KServe's REST client as it comes from PyPI. Asks `echo` and says what came back."""

import asyncio
import json
import sys

import httpx
import numpy
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

url, key = sys.argv[1:3]
headers = {"x-api-key": key}
values = {
    "matrix": numpy.array([[0.5, -1.25, 3.0], [1e-30, 2.0, 1e30]], numpy.float32),
    "double": numpy.array([0.1, -1e300], numpy.float64),
    "tiny": numpy.array([0, 255], numpy.uint8),
    "small": numpy.array([-128, 127], numpy.int8),
    "middle": numpy.array([-(2**31), 2**31 - 1], numpy.int32),
    "long": numpy.array([2**53 - 1, -(2**53) + 1], numpy.int64),
    "natural": numpy.array([0, 2**53 - 1], numpy.uint64),
    "text": numpy.array([["a"], ["b"]], numpy.object_),
    "flag": numpy.array([True, False], numpy.bool_),
}
types = {
    "float32": "FP32",
    "float64": "FP64",
    "uint8": "UINT8",
    "int8": "INT8",
    "int32": "INT32",
    "int64": "INT64",
    "uint64": "UINT64",
    "object": "BYTES",
    "bool": "BOOL",
}


def texts(array):
    items = [item.decode() if isinstance(item, bytes) else item for item in array.flat]
    return numpy.array(items, numpy.object_).reshape(array.shape)


async def main():
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=1))

    async def ask(binary):
        inputs = []
        for name, value in values.items():
            tensor = InferInput(name, list(value.shape), types[str(value.dtype)])
            tensor.set_data_from_numpy(value, binary_data=binary)
            inputs.append(tensor)
        request = InferRequest(model_name="echo", request_id="mine", infer_inputs=inputs)
        answer = await client.infer(url, request, model_name="echo", headers=headers)
        assert answer.id == "mine", answer
        seen = {}
        for output in answer.outputs:
            value = values[output.name.removesuffix("_back")]
            back = output.as_numpy()
            back = texts(back) if value.dtype == numpy.object_ else back
            seen[output.name] = back.shape == value.shape and bool((back == value).all())
        return seen

    seen = {
        "live": await client.is_server_live(url, headers=headers),
        "ready": await client.is_server_ready(url, headers=headers),
        "model": await client.is_model_ready(url, "echo", headers=headers),
        "json": await ask(False),
        "binary": await ask(True),
    }
    try:
        await client.infer(url, {"inputs": []}, model_name="echo", headers=headers)
    except httpx.HTTPStatusError as error:
        seen["refused"] = error.response.status_code
    print(json.dumps(seen))


asyncio.run(main())
