import type { ModelContract, TensorSpec } from "../../../contracts/model-contract.ts";
import { outputOf, Session, type Value } from "../../engine/session.ts";
import type { LabelledTable } from "../table.ts";

/** The contract of a model that takes a table: a column a feature, of which any value may be missing. */
export function tableContract(
  model: string,
  features: ModelContract["features"],
  classes: readonly string[],
): ModelContract {
  return {
    schema: "isotherm.dev/model-contract/v1",
    model,
    task: "classification",
    inputs: features.map(({ name, categories }): TensorSpec => ({
      name,
      dataType: categories === undefined ? "FP32" : "BYTES",
      shape: [-1],
      nullable: true,
    })),
    outputs: [
      { name: "label", dataType: "INT64", shape: [-1] },
      { name: "probabilities", dataType: "FP32", shape: [-1, classes.length] },
    ],
    features,
    classes: [...classes],
    predictions: "label",
    probabilities: "probabilities",
  };
}

/** Rows of a table as a model takes them: numbers, and words where an empty one is missing. */
export function rawColumns(
  { features }: Pick<LabelledTable, "features">,
  rows: readonly Float64Array[],
): Record<string, number[] | string[]> {
  return Object.fromEntries(
    features.map(({ name, categories }, column) => {
      const values = rows.map((row) => row[column] as number);
      return [
        name,
        categories === undefined ? values : values.map((code) => categories[code] ?? ""),
      ];
    }),
  );
}

/** Probabilities of the classes that a model file gives for rows of a table. */
export async function classifyRows(
  model: Uint8Array,
  table: Pick<LabelledTable, "features">,
  rows: readonly Float64Array[],
): Promise<number[][]> {
  const feeds = Object.entries(rawColumns(table, rows)).map(([name, values]): [string, Value] => {
    const data = values.every((value) => typeof value === "number")
      ? Float32Array.from(values)
      : values;
    return [name, { data, shape: [rows.length] }];
  });
  const session = await Session.open(model);
  try {
    const results = await session.run(Object.fromEntries(feeds));
    const { data: flat } = outputOf(results, "probabilities");
    return rows.map((_, row) => [Number(flat[2 * row]), Number(flat[2 * row + 1])]);
  } finally {
    await session.close();
  }
}
