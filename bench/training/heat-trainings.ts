import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cache } from "../../embedded/paths.ts";
import { MeasuringChild } from "./child.ts";

export type Parameters = Readonly<Record<string, number | string>>;
/** Metrics of a training, and `seconds`: what it took of the processor. */
export type Measured = Readonly<Record<string, number>>;

interface Kept {
  parameters: Parameters;
  measured: Measured;
}

const program = fileURLToPath(new URL("./heat-training.ts", import.meta.url));
const file = join(cache, "bench", "heat-trainings.jsonl");

/**
 * Trainings that were made, in the cache: each is written down when it is done, and not made again. Nothing there
 * knows of changes to the code: forget them first where it has changed.
 */
export class HeatTrainings {
  readonly #made: Map<string, Measured>;

  private constructor(made: Map<string, Measured>) {
    this.#made = made;
  }

  static async open(): Promise<HeatTrainings> {
    const text = await readFile(file, "utf8").catch(() => "");
    const kept = text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Kept);
    return new HeatTrainings(new Map(kept.map((one) => [keyOf(one.parameters), one.measured])));
  }

  static forget(): Promise<void> {
    return rm(file, { force: true });
  }

  /** What of these was made. */
  of(wanted: readonly Parameters[]): Measured[] {
    return wanted.flatMap((parameters) => {
      const found = this.#made.get(keyOf(parameters));
      return found === undefined ? [] : [found];
    });
  }

  /** Makes those that are missing, at most so many, `jobs` at a time and in their order. */
  async make(wanted: readonly Parameters[], { atMost, jobs }: { atMost: number; jobs: number }) {
    const missing = wanted.filter((parameters) => !this.#made.has(keyOf(parameters)));
    const queue = missing.slice(0, atMost);
    await mkdir(dirname(file), { recursive: true });
    const work = async (): Promise<void> => {
      // One process for all: the reference that trainings are measured by is found once in each.
      const child = MeasuringChild.open([process.execPath, program]);
      try {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          await this.#keep(next, await child.ask<Measured>(next));
        }
      } finally {
        await child.end();
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
  }

  async #keep(parameters: Parameters, measured: Measured): Promise<void> {
    const kept = JSON.stringify({ parameters, measured } satisfies Kept);
    console.error(kept);
    await appendFile(file, `${kept}\n`);
    this.#made.set(keyOf(parameters), measured);
  }
}

function keyOf(parameters: Parameters): string {
  return JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
}
