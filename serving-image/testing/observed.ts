import { Tensor } from "onnxruntime-node";
import type { ModelContract } from "../../contracts/model-contract.ts";
import type { Inference } from "../src/inference.ts";
import type { AnswerLineage, ServedModel } from "../src/model/model.ts";
import type { ObservedModel } from "../src/observer/answers.ts";
import { Sheet, type SheetData } from "../src/observer/sheet.ts";
import { toyContract } from "./toy-release.ts";

export const toyLineage: AnswerLineage = {
  name: "toy",
  version: "3",
  release: "a".repeat(64),
  dataVersion: "data-7",
  environment: "dev",
  slot: "blue",
};

export function observedToy(change: Partial<ModelContract> = {}, key = 1): ObservedModel {
  return { key, lineage: toyLineage, contract: { ...toyContract, ...change } };
}

/** An answer of the toy model: rows of three features, of which the largest wins. */
export function toyInference(
  rows: readonly (readonly number[])[],
  change: Partial<Inference> = {},
): Inference {
  const winners = rows.map((row) => BigInt(row.indexOf(Math.max(...row))));
  const model = { lineage: toyLineage, contract: toyContract } as ServedModel;
  return {
    requestId: "request-1",
    time: new Date("2026-03-04T05:06:07.089Z"),
    route: "/predict",
    model,
    question: {
      inputs: { features: new Tensor("float32", Float32Array.from(rows.flat()), [rows.length, 3]) },
      outputs: ["label"],
      rows: rows.length,
    },
    outputs: { label: new Tensor("int64", BigInt64Array.from(winners), [rows.length]) },
    durationSeconds: 0.0012345,
    team: undefined,
    traceparent: undefined,
    isShadow: false,
    ...change,
  };
}

/** Inferences as a thread receives them. */
export function sheetOf(
  inferences: readonly Inference[],
  contract: ModelContract = toyContract,
): SheetData {
  const sheet = new Sheet(contract);
  for (const inference of inferences) sheet.add(inference);
  const { data, buffers } = sheet.data();
  return structuredClone(data, { transfer: buffers });
}
