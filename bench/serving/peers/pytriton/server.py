"""An ONNX model in Triton's Python backend, by PyTriton."""

import os

import numpy
import onnxruntime
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["BENCH_MODEL"], options)
types = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64}


# Triton knows no tensor without a dimension beside the batch.
def spec(tensor):
    return Tensor(name=tensor.name, dtype=types[tensor.type], shape=tuple(tensor.shape[1:]) or (1,))


@batch
def infer(**feed):
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, feed)
    return {name: value.reshape(len(value), -1) for name, value in zip(names, values)}


if __name__ == "__main__":
    port = int(os.environ["BENCH_PORT"])
    config = TritonConfig(http_port=port, grpc_port=port + 1, metrics_port=port + 2, allow_metrics=False)
    with Triton(config=config) as triton:
        triton.bind(
            model_name=os.environ["BENCH_NAME"],
            infer_func=infer,
            inputs=[spec(tensor) for tensor in session.get_inputs()],
            outputs=[spec(tensor) for tensor in session.get_outputs()],
            config=ModelConfig(max_batch_size=4096),
            strict=False,
        )
        triton.serve()
