"""
Asks a model of one tensor of rows by a stock client, and says what it answered.

ask_rows.py <triton-http|triton-grpc|kserve-rest> <address> <key> <model> <rows in JSON> [header=value...]
"""

import asyncio
import json
import sys

import numpy

protocol, address, key, model, text, *more = sys.argv[1:]
headers = {"x-api-key": key, **dict(pair.split("=", 1) for pair in more)}
rows = numpy.array(json.loads(text), numpy.float32)


def by_triton(client, module):
    metadata = client.get_model_metadata(model, headers=dict(headers), **as_json(module))
    (described,) = metadata["inputs"]
    tensor = module.InferInput(described["name"], list(rows.shape), described["datatype"])
    tensor.set_data_from_numpy(rows)
    result = client.infer(model, [tensor], headers=dict(headers))
    names = [output["name"] for output in metadata["outputs"]]
    return {
        "ready": client.is_model_ready(model, headers=dict(headers)),
        "outputs": {name: result.as_numpy(name).tolist() for name in names},
    }


def as_json(module):
    return {"as_json": True} if module.__name__.endswith("grpc") else {}


async def by_kserve():
    from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

    v1 = InferenceRESTClient(RESTConfig(protocol="v1", retries=1))
    predicted = await v1.infer(address, {"instances": rows.tolist()}, model_name=model, headers=headers)
    v2 = InferenceRESTClient(RESTConfig(protocol="v2", retries=1))
    tensor = InferInput("features", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows, binary_data=True)
    request = InferRequest(model_name=model, infer_inputs=[tensor])
    answer = await v2.infer(address, request, model_name=model, headers=headers)
    return {
        "ready": await v1.is_model_ready(address, model, headers=headers),
        "predictions": predicted["predictions"],
        "outputs": {output.name: output.as_numpy().tolist() for output in answer.outputs},
    }


if protocol == "kserve-rest":
    seen = asyncio.run(by_kserve())
elif protocol == "triton-grpc":
    import tritonclient.grpc as triton

    seen = by_triton(triton.InferenceServerClient(address), triton)
else:
    import tritonclient.http as triton

    seen = by_triton(triton.InferenceServerClient(address), triton)
print(json.dumps(seen))
