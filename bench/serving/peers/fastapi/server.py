"""What somebody writes who wants a model behind FastAPI: typed bodies, one route."""

import os

import numpy
import onnxruntime
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["BENCH_MODEL"], options)
names = [output.name for output in session.get_outputs()]
name = os.environ["BENCH_NAME"]
app = FastAPI()


class Input(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class Request(BaseModel):
    id: str | None = None
    inputs: list[Input]


@app.get("/v2/health/ready")
async def ready():
    return {"ready": True}


@app.post(f"/v2/models/{name}/infer")
async def infer(request: Request):
    try:
        feed = {
            tensor.name: numpy.array(tensor.data, numpy.float32).reshape(tensor.shape)
            for tensor in request.inputs
        }
        results = session.run(names, feed)
    except ValueError as error:
        raise HTTPException(400, str(error))
    types = {"float32": "FP32", "int64": "INT64"}
    outputs = [
        {
            "name": output,
            "shape": list(value.shape),
            "datatype": types[str(value.dtype)],
            "data": value.ravel().tolist(),
        }
        for output, value in zip(names, results)
    ]
    return {"model_name": name, "id": request.id, "outputs": outputs}


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), access_log=False, log_level="warning"
    )
