import type { ModelContract, TensorSpec } from "../../../contracts/model-contract.ts";
import type { Inference } from "../inference.ts";
import type { Tensors } from "../model/model.ts";
import { type ColumnData, TensorColumn } from "./tensor-column.ts";

/** Answers of one model in columns, fit to be sent to a thread: arrays of numbers and of short strings, and buffers. */
export interface SheetData {
  ids: string[];
  /** Milliseconds since 1970. */
  times: number[];
  /** Milliseconds. */
  durations: number[];
  rows: number[];
  /** Place of each route in `names`. */
  routes: number[];
  /** Place of each team in `names`, -1 where there is none. */
  teams: number[];
  names: string[];
  /** By place, of the answers that have one. */
  traces: [place: number, traceparent: string][];
  /** Places of shadow answers. */
  shadows: number[];
  inputs: ColumnData[];
  outputs: ColumnData[];
}

/**
 * Takes answers in at the least cost: values are copied into columns, nothing is written out. A thread makes lines of it.
 */
export class Sheet {
  readonly #inputs: TensorColumn[];
  readonly #outputs: TensorColumn[];
  readonly #places = new Map<string, number>();
  readonly #head: Omit<SheetData, "inputs" | "outputs"> = {
    ids: [],
    times: [],
    durations: [],
    rows: [],
    routes: [],
    teams: [],
    names: [],
    traces: [],
    shadows: [],
  };
  /** About how much it holds. */
  bytes = 0;

  constructor({ inputs, outputs }: Pick<ModelContract, "inputs" | "outputs">) {
    const columns = (specs: readonly TensorSpec[]) => specs.map((spec) => new TensorColumn(spec));
    this.#inputs = columns(inputs);
    this.#outputs = columns(outputs);
  }

  get answers(): number {
    return this.#head.ids.length;
  }

  add(inference: Inference): void {
    const head = this.#head;
    const { requestId, route, team, traceparent } = inference;
    if (traceparent !== undefined) head.traces.push([head.ids.length, traceparent]);
    if (inference.isShadow) head.shadows.push(head.ids.length);
    head.ids.push(requestId);
    head.times.push(inference.time.getTime());
    head.durations.push(inference.durationSeconds * 1000);
    head.rows.push(inference.question.rows);
    head.routes.push(this.#placeOf(route));
    head.teams.push(team === undefined ? -1 : this.#placeOf(team));
    this.bytes += 200;
    this.#append(this.#inputs, inference.question.inputs);
    this.#append(this.#outputs, inference.outputs);
  }

  /** What it holds, and the buffers that may go with it. */
  data(): { data: SheetData; buffers: ArrayBuffer[] } {
    const columns = [...this.#inputs, ...this.#outputs];
    return {
      data: {
        ...this.#head,
        inputs: this.#inputs.map((column) => column.data()),
        outputs: this.#outputs.map((column) => column.data()),
      },
      buffers: columns.flatMap((column) => column.buffer ?? []),
    };
  }

  #append(columns: readonly TensorColumn[], tensors: Tensors): void {
    for (const column of columns) this.bytes += column.append(tensors[column.name]);
  }

  #placeOf(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    this.#places.set(name, this.#head.names.length);
    return this.#head.names.push(name) - 1;
  }
}
