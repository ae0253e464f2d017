import type { ModelContract } from "../../../contracts/model-contract.ts";
import type { AnswerLineage } from "../model/model.ts";
import type { SheetData } from "./sheet.ts";
import type { ColumnData } from "./tensor-column.ts";

/** What a thread must know of a model to read its sheets. */
export interface ObservedModel {
  /** Names it between threads: a release that is loaded twice is two. */
  key: number;
  lineage: AnswerLineage;
  contract: ModelContract;
}

/** Elements of one tensor of one answer, row after row. */
export type Elements = ArrayLike<number | bigint | string>;

/** One answer, read from a sheet. */
export interface ObservedAnswer {
  requestId: string;
  /** Milliseconds since 1970. */
  time: number;
  durationMs: number;
  rows: number;
  route: string;
  team: string | undefined;
  traceparent: string | undefined;
  isShadow: boolean;
  /** Input tensors in the contract's order. */
  inputs: readonly Elements[];
  /** Output tensors in the contract's order; undefined where the question did not ask for one. */
  outputs: readonly (Elements | undefined)[];
}

/** The answers of a sheet, one by one, in the order in which they were given. */
export function* answersOf(data: SheetData): Generator<ObservedAnswer> {
  const inputs = data.inputs.map(cut);
  const outputs = data.outputs.map(cut);
  const traces = new Map(data.traces);
  const shadows = new Set(data.shadows);
  for (const [place, requestId] of data.ids.entries()) {
    yield {
      requestId,
      time: data.times[place] as number,
      durationMs: data.durations[place] as number,
      rows: data.rows[place] as number,
      route: data.names[data.routes[place] as number] as string,
      team: data.names[data.teams[place] as number],
      traceparent: traces.get(place),
      isShadow: shadows.has(place),
      inputs: inputs.map((next) => next(place) ?? []),
      outputs: outputs.map((next) => next(place)),
    };
  }
}

/** Reads a column from its start on; each place must be asked for once, in order. */
function cut({ values, sizes }: ColumnData): (place: number) => Elements | undefined {
  let start = 0;
  return (place) => {
    const size = sizes[place] as number;
    if (size < 0) return undefined;
    const end = start + size;
    const part = Array.isArray(values) ? values.slice(start, end) : values.subarray(start, end);
    start = end;
    return part;
  };
}
