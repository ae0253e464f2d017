import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelContract } from "../../contracts/model-contract.ts";
import { emit } from "../../training-image/engine/emit.ts";
import { matmul, relu } from "../../training-image/engine/ops.ts";
import { constant, input, type Tensor } from "../../training-image/engine/tensor.ts";
import { testContext } from "../../training-image/testing/training-context.ts";
import { wine } from "../../training-image/workloads/wine/declaration.ts";
import { wineWorkload } from "../../training-image/workloads/wine/workload.ts";

/** A model that every contestant serves under the same name and route. */
export interface BenchModel {
  name: string;
  contract: ModelContract;
  graph: Uint8Array;
  /** Path of the graph. */
  file: string;
  route: string;
  /** A V2 request in JSON. */
  body(rows: number): string;
  /** The same with binary tensors, in and out. */
  binary(rows: number): { head: string; tensor: Buffer };
}

/** The wine classifier, trained as the platform trains it: 13 features, 3 classes. */
export async function wineModel(): Promise<BenchModel> {
  if (wineWorkload.dataSet.kind === "generated") throw new Error("wine comes with its data");
  const context = testContext(wine);
  const { data } = wineWorkload.read(await readFile(wineWorkload.dataSet.file), context.parameters);
  const { model, contract } = await wineWorkload.train(data, context);
  return benchModel("wine", model, contract, wine.example as readonly number[]);
}

/** A network of three hidden layers of 1200: 3 million weights, 12 MB. */
export function wideModel(): Promise<BenchModel> {
  return network("wide", [64, 1200, 1200, 1200, 10]);
}

/**
 * A network whose run takes long for few inputs: layers of 1500 in a row, all with the same weights.
 * @param layers how many
 */
export function slowModel(layers: number): Promise<BenchModel> {
  return network("slow", [4, ...Array<number>(layers).fill(1500), 2]);
}

function network(name: string, widths: readonly number[]): Promise<BenchModel> {
  const [width = 0] = widths;
  const features = input("features", ["batch", width]);
  const shared = new Map<string, Tensor>();
  const weights = (rows: number, columns: number) => {
    const key = `${rows}x${columns}`;
    const found = shared.get(key);
    // Layers of the large model have weights of their own.
    if (found !== undefined && name === "slow") return found;
    const made = constant(randomWeights(rows, columns, shared.size), [rows, columns]);
    shared.set(`${key}${name === "slow" ? "" : shared.size}`, made);
    return made;
  };
  let layer: Tensor = features;
  for (let index = 1; index < widths.length; index++) {
    const product = matmul(layer, weights(widths[index - 1]!, widths[index]!));
    layer = index === widths.length - 1 ? product : relu(product);
  }
  const graph = emit({ name, inputs: [features], outputs: { values: layer } });
  const contract: ModelContract = {
    schema: "isotherm.dev/model-contract/v1",
    model: name,
    task: "regression",
    inputs: [{ name: "features", dataType: "FP32", shape: [-1, width] }],
    outputs: [{ name: "values", dataType: "FP32", shape: [-1, widths.at(-1)!] }],
    features: Array.from({ length: width }, (_, index) => ({ name: `f${index}` })),
    predictions: "values",
  };
  const row = Array.from({ length: width }, (_, index) => ((index * 37) % 100) / 50 - 1);
  return benchModel(name, graph, contract, row);
}

/** Uniform weights that keep the size of what passes through. */
function randomWeights(rows: number, columns: number, seed: number): Float32Array {
  let state = seed + 1;
  const scale = Math.sqrt(6 / rows);
  return Float32Array.from({ length: rows * columns }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * scale;
  });
}

async function benchModel(
  name: string,
  graph: Uint8Array,
  contract: ModelContract,
  row: readonly number[],
): Promise<BenchModel> {
  const folder = await mkdtemp(join(tmpdir(), "isotherm-bench-"));
  const file = join(folder, "model.onnx");
  await writeFile(file, graph);
  const [tensor] = contract.inputs;
  const described = (rows: number) => ({
    name: tensor!.name,
    datatype: "FP32",
    shape: [rows, row.length],
  });
  const values = (rows: number) => Array.from({ length: rows }, () => row).flat();
  return {
    ...{ name, contract, graph, file },
    route: `/v2/models/${name}/infer`,
    body: (rows) => JSON.stringify({ inputs: [{ ...described(rows), data: values(rows) }] }),
    binary: (rows) => {
      const data = Float32Array.from(values(rows));
      const parameters = { binary_data_size: data.byteLength };
      return {
        head: JSON.stringify({
          inputs: [{ ...described(rows), parameters }],
          parameters: { binary_data_output: true },
        }),
        tensor: Buffer.from(data.buffer),
      };
    },
  };
}
