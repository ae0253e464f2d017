import { Tensor } from "onnxruntime-node";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import { buckets } from "../../../contracts/names.ts";
import type { ObjectStore } from "../../../contracts/object-store.ts";
import type { LinePolicy } from "../../../serving-image/src/audit/lines.ts";
import { lineWriter } from "../../../serving-image/src/audit/lines.ts";
import { defaultLimits, LogWriter } from "../../../serving-image/src/audit/log-writer.ts";
import { answersOf } from "../../../serving-image/src/observer/answers.ts";
import { sheetOf, toyInference, toyLineage } from "../../../serving-image/testing/observed.ts";

/** A request and its answer: rows of three features, and what was made of each. */
export interface Served {
  id: string;
  at: Date;
  rows: readonly (readonly number[])[];
  /** Class by index, or a number, a row. */
  predictions: readonly number[];
  /** One a class and row, where the model gives them. */
  probabilities?: readonly (readonly number[])[];
  /** Milliseconds. @default 1 */
  durationMs?: number;
}

export interface Server {
  release: string;
  contract: ModelContract;
  slot: "blue" | "green" | "shadow";
  /** @default everything */
  policy?: LinePolicy;
  /** Records that it says it lost. @default 0 */
  lost?: number;
  /** @default toy */
  model?: string;
}

/** Writes answers to the audit log by the code of the servers, as one object of one server. */
export async function serve(
  store: Pick<ObjectStore, "put">,
  { release, contract, slot, policy = { log: "all", redact: [] }, lost = 0, model = "toy" }: Server,
  answers: readonly Served[],
  now: Date,
): Promise<void> {
  const inferences = answers.map(({ id, at, rows, predictions, probabilities, durationMs = 1 }) => {
    const isNumber = contract.task === "regression";
    const prediction = isNumber
      ? new Tensor("float32", Float32Array.from(predictions), [rows.length])
      : new Tensor("int64", BigInt64Array.from(predictions.map(BigInt)), [rows.length]);
    const outputs: Record<string, Tensor> = { [contract.predictions]: prediction };
    if (probabilities !== undefined) {
      const flat = Float32Array.from(probabilities.flat());
      outputs["probabilities"] = new Tensor("float32", flat, [rows.length, 3]);
    }
    return toyInference(rows, {
      requestId: id,
      time: at,
      isShadow: slot === "shadow",
      durationSeconds: durationMs / 1000,
      outputs,
    });
  });
  const lineage = { ...toyLineage, name: model, release, slot, environment: "prod" };
  const write = lineWriter({ lineage, contract }, policy);
  const place = { log: "audit", environment: "prod", model } as const;
  const log = new LogWriter({
    target: () => ({ store, bucket: buckets.releases }),
    limits: defaultLimits,
    onWritten: () => {},
    onLost: () => {},
    onTrouble: (message) => {
      if (message !== undefined) throw new Error(message);
    },
    now: () => now.getTime(),
  });
  log.open(place);
  for (const answer of answersOf(sheetOf(inferences, contract))) {
    log.add(place, write(answer), answer.time);
  }
  if (lost > 0) log.lose(place, lost, "buffer-full");
  await log.drain(5_000);
}
