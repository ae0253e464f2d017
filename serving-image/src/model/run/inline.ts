import type { InferenceSession } from "onnxruntime-node";
import { RunFailedError, WorkerLostError } from "../errors.ts";
import type { Tensors } from "../model.ts";
import { joinRows, rowsOf, sliceRows } from "./batch.ts";
import type { Answered, Executor } from "./executor.ts";

/**
 * A graph on the main thread, for models whose run takes less than the way to a worker and back. A request of many rows
 * is run in pieces, with everything else that the main thread does in between.
 */
export class InlineExecutor implements Executor {
  readonly #session: InferenceSession;
  readonly #pieceRows: number;
  #isClosed = false;

  /** @param pieceRows most rows of one run; Infinity where a row's answer depends on other rows */
  constructor(session: InferenceSession, pieceRows: number) {
    this.#session = session;
    this.#pieceRows = pieceRows;
  }

  async run(inputs: Tensors, outputs: readonly string[]): Promise<Answered> {
    const rows = rowsOf(inputs);
    if (rows <= this.#pieceRows) return this.#piece(inputs, outputs);
    const names = Object.keys(inputs);
    const pieces: Answered[] = [];
    for (let begin = 0; begin < rows; begin += this.#pieceRows) {
      const end = Math.min(rows, begin + this.#pieceRows);
      pieces.push(await this.#piece(sliceRows(inputs, names, begin, end), outputs));
    }
    return {
      outputs: joinRows(
        pieces.map((piece) => piece.outputs),
        rows,
      ),
      seconds: pieces.reduce((sum, piece) => sum + piece.seconds, 0),
    };
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#session.release();
  }

  async #piece(inputs: Tensors, outputs: readonly string[]): Promise<Answered> {
    if (this.#isClosed) throw new WorkerLostError("it was closed");
    const begin = performance.now();
    try {
      const answer = await this.#session.run(inputs, [...outputs]);
      return { outputs: answer, seconds: (performance.now() - begin) / 1000 };
    } catch (error) {
      throw new RunFailedError((error as Error).message);
    }
  }
}
