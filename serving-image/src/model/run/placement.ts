import { LoadError } from "../errors.ts";
import type { ModelContract } from "../../../../contracts/model-contract.ts";
import type { Tensors } from "../model.ts";
import { shapeMatches } from "../tensors.ts";
import { joinRows, sliceRows } from "./batch.ts";
import { madeExample } from "./example.ts";
import type { Executor } from "./executor.ts";
import { fastest } from "./measure.ts";
import type { SessionWorker } from "./session-worker.ts";

/** Where a model runs, and why. */
export interface Placement {
  /** `inline` is the main thread. */
  place: "inline" | "worker";
  /** Time of one run with the example, the fastest of some. */
  runSeconds: number;
  /**
   * Time of the way to a worker and back, the fastest: what a run inline saves, and what it may hold
   * the main thread up. Not measured for a model that is far slower.
   */
  roundTripSeconds?: number;
  /** Whether a row's answer does not depend on the rows beside it, so that requests may share a run. */
  isRowWise: boolean;
  /** Most rows that run inline in one piece. */
  pieceRows?: number;
}

/** However slow the way to a worker is on this machine, a run inline holds nothing up for longer. */
const longestInlineSeconds = 500e-6;
/** Opening a larger graph on the main thread would hold it up for longer than 20 ms or so. */
const largestInlineBytes = 4e6;
const pieceSeconds = 1e-3;
const manyRows = 64;

/**
 * Runs a graph with one row of its inputs, checks what it gives and measures where it should run: on the main
 * thread if a run takes less time than the way to a worker and back, in a worker if more.
 * @throws LoadError
 */
export async function warmUp(
  worker: SessionWorker,
  contract: ModelContract,
  example: Tensors,
  graphBytes: number,
): Promise<Placement> {
  const names = contract.outputs.map((tensor) => tensor.name);
  await firstRun(worker, contract, example, names);
  const isRowWise = await answersByRow(worker, contract, example, names);
  const runSeconds = await worker.measure(example, names);
  if (runSeconds > longestInlineSeconds) return { place: "worker", runSeconds, isRowWise };
  const roundTripSeconds = await fastest(async () => {
    const begin = performance.now();
    const { seconds } = await worker.run(example, names);
    return (performance.now() - begin) / 1000 - seconds;
  });
  const measured = { runSeconds, roundTripSeconds, isRowWise };
  if (runSeconds > roundTripSeconds || graphBytes > largestInlineBytes) {
    return { place: "worker", ...measured };
  }
  const pieceRows = isRowWise ? await rowsOfPiece(worker, example, names, runSeconds) : Infinity;
  return { place: "inline", ...measured, pieceRows };
}

/** The first run allocates; it also shows whether the graph gives what the contract promises. */
async function firstRun(
  executor: Executor,
  { outputs: specs }: ModelContract,
  example: Tensors,
  names: readonly string[],
): Promise<void> {
  let outputs: Tensors;
  try {
    ({ outputs } = await executor.run(example, names));
  } catch (error) {
    throw new LoadError("warm-up-failed", `first run: ${(error as Error).message.slice(0, 500)}`);
  }
  for (const { name, shape } of specs) {
    const dims = outputs[name]?.dims ?? [];
    if (!shapeMatches([1, ...shape.slice(1)], dims)) {
      throw new LoadError(
        "contract-mismatch",
        `output '${name}' of one row has shape [${dims.join(", ")}], the contract says [${shape.join(", ")}]`,
      );
    }
  }
}

/** Whether two unlike rows get the same answers together as each by itself. */
async function answersByRow(
  executor: Executor,
  contract: ModelContract,
  example: Tensors,
  names: readonly string[],
): Promise<boolean> {
  const rows = [example, madeExample(contract, example, 0.25)];
  try {
    const together = (await executor.run(joinRows(rows, rows.length), names)).outputs;
    for (const [index, row] of rows.entries()) {
      const { outputs } = await executor.run(row, names);
      const mine = sliceRows(together, names, index, index + 1);
      if (!names.every((name) => isSame(outputs[name]?.data, mine[name]?.data))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** To float tolerance: kernels add in another order where there are more rows. */
function isSame(one: unknown, other: unknown): boolean {
  const a = Array.from(one as ArrayLike<unknown>);
  const b = Array.from(other as ArrayLike<unknown>);
  return (
    a.length === b.length &&
    a.every((value, index) => {
      const twin = b[index];
      if (typeof value !== "number" || typeof twin !== "number") return value === twin;
      return Object.is(value, twin) || Math.abs(value - twin) <= 1e-5 + 1e-3 * Math.abs(value);
    })
  );
}

async function rowsOfPiece(
  worker: SessionWorker,
  example: Tensors,
  names: readonly string[],
  runSeconds: number,
): Promise<number> {
  const many = await worker.measure(joinRows([example], manyRows), names);
  const rowSeconds = Math.max(1e-9, (many - runSeconds) / (manyRows - 1));
  return Math.max(manyRows, Math.floor(pieceSeconds / rowSeconds));
}
