import { buckets } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { loadModel } from "../../serving-image/src/model/load.ts";
import { tensorFromRows } from "../../serving-image/src/model/tensors.ts";
import type { FakePlatform } from "../../training-image/testing/platform.ts";

export interface Answers {
  label: number[];
  probabilities: number[][];
}

/** What a server answers for some rows, by its own loader: label and probabilities of a classifier. */
export async function ask(
  platform: FakePlatform,
  name: string,
  release: string,
  rows: readonly (readonly number[])[],
): Promise<Answers> {
  const model = await loadModel(
    { name, version: "1", release },
    {
      store: new ReleaseStore(platform.services().objects, buckets.releases),
      place: { environment: "dev", slot: "blue" },
    },
  );
  const [input] = model.contract.inputs;
  const tensor = tensorFromRows(input!, rows, "rows", 1000);
  const outputs = await model.run({ [input!.name]: tensor }, ["label", "probabilities"]);
  await model.retire();
  const flat = Array.from(outputs["probabilities"]!.data as Float32Array);
  const width = flat.length / rows.length;
  return {
    label: Array.from(outputs["label"]!.data as BigInt64Array, Number),
    probabilities: rows.map((_, row) => flat.slice(row * width, (row + 1) * width)),
  };
}

/** The largest difference of two tables of numbers. */
export function largestDifference(a: number[][], b: number[][]): number {
  const rows = a.map((row, index) =>
    Math.max(...row.map((value, column) => Math.abs(value - (b[index]?.[column] ?? Number.NaN)))),
  );
  return Math.max(...rows);
}
