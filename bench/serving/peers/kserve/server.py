"""An ONNX model behind the KServe SDK."""

import os

import onnxruntime
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer


def described(tensor):
    types = {"tensor(float)": "FP32", "tensor(int64)": "INT64"}
    shape = [size if isinstance(size, int) else -1 for size in tensor.shape]
    return {"name": tensor.name, "datatype": types[tensor.type], "shape": shape}


class Onnx(Model):
    def __init__(self, name: str):
        super().__init__(name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["BENCH_MODEL"], options)
        self.outputs_of = [output.name for output in self.session.get_outputs()]
        self.ready = True

    async def get_input_types(self):
        return [described(tensor) for tensor in self.session.get_inputs()]

    async def get_output_types(self):
        return [described(tensor) for tensor in self.session.get_outputs()]

    def predict(self, payload: InferRequest, headers=None, response_headers=None) -> InferResponse:
        feed = {tensor.name: tensor.as_numpy() for tensor in payload.inputs}
        results = self.session.run(self.outputs_of, feed)
        types = {"float32": "FP32", "int64": "INT64"}
        outputs = []
        for name, value in zip(self.outputs_of, results):
            output = InferOutput(name=name, shape=list(value.shape), datatype=types[str(value.dtype)])
            output.set_data_from_numpy(value, binary_data=False)
            outputs.append(output)
        return InferResponse(response_id=payload.id or "1", model_name=self.name, infer_outputs=outputs)


if __name__ == "__main__":
    server = ModelServer(
        http_port=int(os.environ["BENCH_PORT"]), workers=1, enable_grpc=False, access_log_format=None
    )
    server.start([Onnx(os.environ["BENCH_NAME"])])
