import { gather } from "../../../engine/ops.ts";
import type { Random } from "../../../engine/random.ts";
import type { Value } from "../../../engine/session.ts";
import { ParallelTrainer } from "../../../engine/parallel-trainer.ts";
import { input } from "../../../engine/tensor.ts";
import { Trainer, type TrainerOptions } from "../../../engine/trainer.ts";
import { type PinnDesign, pinnLayout } from "./design.ts";
import { pinnLoss } from "./loss.ts";
import type { Pools } from "./pools.ts";

/** Rows that each step draws, uniformly and with replacement. */
export interface BatchSizes {
  /** Collocation points. */
  interior: number;
  /** Points of each section of the known temperatures. */
  section: number;
  /**
   * Parts that a minibatch is worked through in, so that a part's intermediate results stay in the processor's cache;
   * both numbers must divide by it. @default one part for every 256 collocation points (512 up to width 64), and as
   * many for each thread
   */
  chunks?: number;
  /** Threads that divide the parts among them. @default 1 */
  threads?: number;
}

type Rows = "interior_rows" | "known_rows";

/** The training step of a PINN: minibatches by row numbers, so that the pools are fed as they are. */
export class PinnTraining {
  readonly #pools: Pools;
  readonly #sizes: Required<BatchSizes>;
  readonly trainer: Pick<Trainer, "start" | "run" | "close">;

  private constructor(trainer: PinnTraining["trainer"], pools: Pools, sizes: Required<BatchSizes>) {
    this.trainer = trainer;
    this.#pools = pools;
    this.#sizes = sizes;
  }

  /** @throws RangeError where the sizes do not divide by the number of chunks, or those by the number of threads */
  static async open(design: PinnDesign, pools: Pools, sizes: BatchSizes): Promise<PinnTraining> {
    const { threads = 1, chunks = defaultChunks(design.width, sizes) } = sizes;
    const all = { ...sizes, threads, chunks };
    const options = pinnTrainerOptions(design, pools, all);
    const trainer =
      threads === 1
        ? await Trainer.open(options)
        : await ParallelTrainer.open({ ...options, threads });
    return new PinnTraining(trainer, pools, all);
  }

  /** What a run of `steps` steps is fed: the pools, and row numbers that `random` draws. */
  feeds(random: Random, steps: number): Record<Rows | "interior" | "known", Value> {
    const { interior, section, chunks } = this.#sizes;
    const { sections } = this.#pools;
    const [part, knownPart] = [interior / chunks, section / chunks];
    const interiorRows = new Int32Array(steps * interior);
    const knownRows = new Int32Array(steps * section * sections.length);
    const count = this.#pools.interior.shape[0] as number;
    const below = (limit: number) => Math.floor(random.uniform() * limit);
    for (let index = 0; index < interiorRows.length; index++) interiorRows[index] = below(count);
    let index = 0;
    while (index < knownRows.length) {
      let start = 0;
      for (const { rows } of sections) {
        for (let drawn = 0; drawn < knownPart; drawn++) knownRows[index++] = start + below(rows);
        start += rows;
      }
    }
    const leading = chunks > 1 ? [steps, chunks] : [steps];
    return {
      interior: this.#pools.interior,
      known: this.#pools.known,
      interior_rows: { data: interiorRows, shape: [...leading, part] },
      known_rows: { data: knownRows, shape: [...leading, knownPart * sections.length] },
    };
  }

  close(): Promise<void> {
    return this.trainer.close();
  }
}

/** What the engine needs to make a training graph of it. */
export function pinnTrainerOptions(
  design: PinnDesign,
  pools: Pools,
  sizes: Omit<Required<BatchSizes>, "threads">,
): TrainerOptions<string, Rows> {
  const { interior: interiorSize, section, chunks } = sizes;
  if (interiorSize % chunks !== 0 || section % chunks !== 0) {
    throw new RangeError(`batch: ${interiorSize} and ${section} rows do not make ${chunks} chunks`);
  }
  const interior = input("interior", pools.interior.shape);
  const known = input("known", pools.known.shape);
  const rows = section / chunks;
  const sections = pools.sections.map(({ part }) => ({ part, rows }));
  return {
    layout: pinnLayout(design),
    inputs: [interior, known],
    chunks,
    perStep: {
      interior_rows: { shape: [interiorSize / chunks], type: "int32" },
      known_rows: { shape: [rows * sections.length], type: "int32" },
    },
    loss: (parameters, drawn) =>
      pinnLoss(design, parameters, {
        interior: gather(interior, drawn.interior_rows),
        known: gather(known, drawn.known_rows),
        sections,
      }),
  };
}

/** The largest number of equal parts that are still worth their overhead: at least one for each thread. */
export function defaultChunks(
  width: number,
  { interior, section, threads = 1 }: BatchSizes,
): number {
  const worthwhile = width > 64 ? 256 : 512;
  const rounds = Math.max(1, Math.floor(interior / worthwhile / threads));
  const even = (chunks: number) => interior % chunks === 0 && section % chunks === 0;
  let chunks = rounds * threads;
  while (chunks > threads && !even(chunks)) chunks -= threads;
  return chunks;
}
