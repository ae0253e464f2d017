import { hash } from "node:crypto";
import type { AuditRecord } from "../../../contracts/audit-record.ts";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import { unpackRows } from "../../../contracts/packed-rows.ts";
import type { ReleaseView } from "../release-view.ts";

export type Prediction = string | number;

/** Of a logged answer, what is held against the other side's. */
export interface Answer {
  release: string;
  contract: Pick<ModelContract, "task" | "classes">;
  /** When the request came, in milliseconds since 1970. */
  time: number;
  durationMs: number;
  rows: number;
  /** One a row, classes by their names; none where the answer has no single one a row. */
  predictions: readonly Prediction[];
  /** By row, then by class; none where the answer has none. */
  probabilities: readonly (readonly number[])[];
  /** The same for an answer that is logged twice: by its question, or where that is not logged whole, by itself. */
  print: string;
}

export function answerOf(record: AuditRecord, view: ReleaseView): Answer {
  const { release, time, durationMs, rows, inputs, redacted = [], outputs } = record;
  const { contract } = view;
  const named = contract.probabilities && outputs[contract.probabilities];
  const isWhole = inputs !== undefined && redacted.length === 0;
  return {
    release,
    contract,
    time: Date.parse(time),
    durationMs,
    rows,
    predictions: view.predictionsOf(record),
    probabilities: named ? unpackRows(named).map(numbersOf) : [],
    print: hash("sha1", JSON.stringify([release, isWhole ? inputs : outputs])),
  };
}

/** Numbers that JSON cannot write are in the log by their names. */
function numbersOf(row: unknown): number[] {
  return (Array.isArray(row) ? row : [row]).map(Number);
}
