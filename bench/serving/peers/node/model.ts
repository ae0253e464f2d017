import { InferenceSession, Tensor } from "onnxruntime-node";

interface Request {
  inputs: { name: string; shape: number[]; data: number[] }[];
}

const session = await InferenceSession.create(process.env["BENCH_MODEL"] ?? "", {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const name = process.env["BENCH_NAME"];
const types: Readonly<Record<string, string>> = { float32: "FP32", int64: "INT64" };

export const route = `/v2/models/${name}/infer`;
export const port = Number(process.env["BENCH_PORT"]);

/** The least that an inference can be: nothing is checked. */
export async function infer({ inputs }: Request): Promise<unknown> {
  const feeds = Object.fromEntries(
    inputs.map((input) => [
      input.name,
      new Tensor("float32", Float32Array.from(input.data), input.shape),
    ]),
  );
  const results = await session.run(feeds);
  const outputs = Object.entries(results).map(([output, { dims, type, data }]) => ({
    name: output,
    shape: dims,
    datatype: types[type],
    data: Array.from(data as Iterable<number | bigint>, Number),
  }));
  return { model_name: name, outputs };
}
