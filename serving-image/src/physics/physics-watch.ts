import type { InferenceSession } from "onnxruntime-node";
import { fileByRole } from "../../../contracts/release.ts";
import type { ReleaseStore } from "../../../contracts/release-store.ts";
import type { ObservedAnswer, ObservedModel } from "../observer/answers.ts";
import type { PhysicsValues } from "../observer/messages.ts";

export interface PhysicsWatchOptions {
  store: () => Pick<ReleaseStore, "manifest" | "file">;
  onValues: (key: number, values: PhysicsValues) => void;
  onTrouble: (message?: string) => void;
  /** A number from 0 to 1, as `Math.random` gives it. */
  random?: () => number;
}

/** Rows that wait for a look; further ones are skipped, and counted. */
const mostRows = 256;
const retryMs = 60_000;

const roles = ["residual", "boundary", "initial"] as const;
type Role = (typeof roles)[number];

/** What each graph says of a row. */
const outputOf = { residual: "residual", boundary: "violation", initial: "violation" } as const;

interface Watched {
  graphs: Partial<Record<Role, InferenceSession>>;
  width: number;
  rows: number[];
  skipped: number;
}

/**
 * Holds a share of the served inputs against the physics that a release brings as graphs (SPEC G-14): one thread, a
 * bounded number of rows a second, away from what answers.
 */
export class PhysicsWatch {
  readonly #options: PhysicsWatchOptions;
  readonly #watched = new Map<number, Watched>();
  /** Models that are served. */
  readonly #wanted = new Set<number>();
  #share = 0;
  #looking: Promise<void> | undefined;

  constructor(options: PhysicsWatchOptions) {
    this.#options = options;
  }

  /** @param share of the rows */
  configure(share: number): void {
    this.#share = share;
  }

  /** Fetches the graphs of a release, if it has any; tries again until they are there or it is closed. */
  async open(model: ObservedModel): Promise<void> {
    const { key, lineage, contract } = model;
    this.#wanted.add(key);
    try {
      const store = this.#options.store();
      const manifest = await store.manifest(lineage.release);
      if (fileByRole(manifest, "residual") === undefined) return;
      const { InferenceSession } = await import("onnxruntime-node");
      const graphs: Watched["graphs"] = {};
      for (const role of roles) {
        const file = fileByRole(manifest, role);
        if (file === undefined) continue;
        graphs[role] = await InferenceSession.create(await store.file(file.sha256), {
          executionProviders: ["cpu"],
          intraOpNumThreads: 1,
          interOpNumThreads: 1,
          logSeverityLevel: 3,
        });
      }
      this.#watched.set(key, { graphs, width: contract.features.length, rows: [], skipped: 0 });
    } catch (error) {
      if (!this.#wanted.has(key)) return;
      this.#options.onTrouble(`${lineage.name}: ${(error as Error).message.slice(0, 300)}`);
      setTimeout(() => {
        if (this.#wanted.has(key)) void this.open(model);
      }, retryMs).unref();
    }
  }

  async close(key: number): Promise<void> {
    const watched = this.#watched.get(key);
    this.#wanted.delete(key);
    this.#watched.delete(key);
    await this.#looking;
    for (const role of roles) await watched?.graphs[role]?.release();
  }

  /** Draws rows of an answer. */
  draw(key: number, { inputs, rows }: ObservedAnswer): void {
    const watched = this.#watched.get(key);
    const [features, ...others] = inputs;
    if (watched === undefined || features === undefined || others.length > 0) return;
    const { width } = watched;
    if (features.length !== rows * width) return;
    const random = this.#options.random ?? Math.random;
    for (let row = 0; row < rows; row++) {
      if (random() >= this.#share) continue;
      if (watched.rows.length >= mostRows * width) watched.skipped++;
      else for (let at = 0; at < width; at++) watched.rows.push(Number(features[row * width + at]));
    }
  }

  /** Looks at what was drawn; to be called about once a second. */
  tick(): void {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  /** Resolves when nothing is looked at. */
  async settled(): Promise<void> {
    await this.#looking;
  }

  async #look(): Promise<void> {
    for (const [key, watched] of this.#watched) {
      const { rows, skipped, width, graphs } = watched;
      if (rows.length === 0) continue;
      watched.rows = [];
      watched.skipped = 0;
      try {
        const values: PhysicsValues = { residual: [], boundary: [], initial: [], skipped };
        for (const role of roles) {
          const graph = graphs[role];
          if (graph !== undefined) values[role] = await sizes(graph, rows, width, outputOf[role]);
        }
        this.#options.onValues(key, values);
      } catch (error) {
        this.#options.onTrouble((error as Error).message.slice(0, 300));
      }
    }
  }
}

async function sizes(
  graph: InferenceSession,
  rows: readonly number[],
  width: number,
  output: string,
): Promise<number[]> {
  const { Tensor } = await import("onnxruntime-node");
  const [name] = graph.inputNames;
  if (name === undefined || !graph.outputNames.includes(output)) {
    throw new Error(`a graph of the physics has no output '${output}'`);
  }
  const features = new Tensor("float32", Float32Array.from(rows), [rows.length / width, width]);
  const answers = await graph.run({ [name]: features }, [output]);
  return Array.from(answers[output]?.data as Float32Array, Math.abs);
}
