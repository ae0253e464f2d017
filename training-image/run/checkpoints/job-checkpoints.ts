import type { Logger } from "pino";
import { canonicalJson, sha256Hex } from "../../../contracts/canonical.ts";
import type { Checkpoint, Checkpoints } from "../../workloads/workload.ts";
import { reason } from "../context.ts";
import { checkpointFormat, encodeCheckpoint } from "./file.ts";
import type { CheckpointPlace } from "./place.ts";
import { CheckpointShelf } from "./shelf.ts";

export interface JobCheckpointsOptions {
  /** Near and quick; undefined where no folder outlives the process. */
  folder: CheckpointPlace | undefined;
  /** What another pod of the Job goes on from. */
  store: CheckpointPlace;
  /** Least seconds between two that are written. */
  seconds: number;
  log: Logger;
  /** Milliseconds that only grow. @default performance.now */
  now?: () => number;
  /** The time of day, to tell how old checkpoints are. */
  today?: () => Date;
}

/** A Job that is at work writes every minute; one that waits for a GPU, or for its user, may rest for days. */
export const keptDays = 14;

export interface Identity {
  /** All that decides what a training comes to, as JSON: code, parameters, data. */
  madeBy: unknown;
  /** Called before one is written, so that what it stands for is known elsewhere first; may fail. */
  before?: () => Promise<void>;
}

const pause = { first: 1_000, longest: 300_000 };

/** The checkpoints of one attempt at a Job: into the folder first, then into the object store. */
export class JobCheckpoints {
  readonly #options: JobCheckpointsOptions;
  readonly #now: () => number;
  #identity: { key: string; before: () => Promise<void> } | undefined;
  #folder: CheckpointShelf | undefined;
  #store: CheckpointShelf | undefined;
  #offered: Checkpoint | undefined;
  #written: Checkpoint | undefined;
  #writing: Promise<void> = Promise.resolve();
  #lastWrite: number;
  #any = false;
  #storePause = 0;
  #storeAgain = 0;

  constructor(options: JobCheckpointsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#lastWrite = this.#now();
  }

  /** What a workload sees of them. Those that anything else made are never given to it. */
  of({ madeBy, before = async () => {} }: Identity): Checkpoints {
    const { folder, store, log } = this.#options;
    const key = sha256Hex(canonicalJson({ format: checkpointFormat, madeBy }));
    this.#identity = { key, before };
    this.#folder = folder && new CheckpointShelf(folder, key, log);
    this.#store = new CheckpointShelf(store, key, log);
    return { last: () => this.#last(), offer: (checkpoint) => this.#offer(checkpoint) };
  }

  /** Writes the last one that was offered, due or not: the process is about to end before the training is done. */
  async keep(): Promise<void> {
    await this.#writing;
    if (this.#offered !== this.#written) await this.#write("now");
  }

  /**
   * Takes those away that were found or made: the Job is done. With them go those of Jobs that have written none for
   * {@link keptDays} days and will not go on. Those that cannot be reached stay, and do no harm.
   */
  async clear(): Promise<void> {
    await this.#writing;
    const { folder, store, log, today = () => new Date() } = this.#options;
    if (this.#any) {
      for (const shelf of [this.#folder, this.#store]) {
        if (shelf !== undefined) await this.#unlessDown(shelf, () => shelf.clear());
      }
    }
    const before = new Date(today().getTime() - keptDays * 86_400_000);
    for (const place of [folder, store]) {
      if (place === undefined) continue;
      await this.#unlessDown(place, async () => {
        const removed = await place.removeOlder(before);
        if (removed.length === 0) return;
        const text = `removed what Jobs left that wrote no checkpoint for ${keptDays} days`;
        log.info({ place: place.description, removed }, text);
      });
    }
  }

  async #unlessDown({ description }: { description: string }, work: () => Promise<void>) {
    await work().catch((error: unknown) => {
      const text = `checkpoints could not be removed: ${reason(error)}`;
      this.#options.log.warn({ place: description }, text);
    });
  }

  async #last(): Promise<Checkpoint | undefined> {
    const { log } = this.#options;
    const near = await this.#folder?.newest().catch((error: unknown) => {
      log.warn({ place: this.#folder?.description }, `cannot look for one: ${reason(error)}`);
      return undefined;
    });
    const far = await this.#store?.newest().catch((error: unknown) => {
      // Without any, the training would start anew though hours of it may lie there.
      if (near === undefined) throw error;
      log.warn({ place: this.#store?.description }, `cannot look for one: ${reason(error)}`);
      return undefined;
    });
    const last = (far?.step ?? -1) > (near?.step ?? -1) ? far : near;
    if (last !== undefined) {
      this.#any = true;
      log.info({ checkpoint: last.step }, `the training goes on after step ${last.step}`);
    }
    return last;
  }

  async #offer(checkpoint: Checkpoint): Promise<void> {
    this.#offered = checkpoint;
    await this.#writing;
    if (this.#now() - this.#lastWrite >= this.#options.seconds * 1000) await this.#write("due");
  }

  #write(when: "due" | "now"): Promise<void> {
    this.#writing = this.#writeOffered(when);
    return this.#writing;
  }

  async #writeOffered(when: "due" | "now"): Promise<void> {
    const [checkpoint, identity] = [this.#offered, this.#identity];
    if (checkpoint === undefined || identity === undefined) return;
    const { log } = this.#options;
    await identity.before().catch((error: unknown) => {
      log.warn({ checkpoint: checkpoint.step }, `metrics wait: ${reason(error)}`);
    });
    const bytes = encodeCheckpoint(checkpoint, identity.key);
    const kept: string[] = [];
    this.#any = true;
    const put = async (shelf: CheckpointShelf): Promise<boolean> => {
      try {
        await shelf.put(bytes);
        kept.push(shelf.description);
        return true;
      } catch (error) {
        const context = { checkpoint: checkpoint.step, place: shelf.description };
        log.warn(context, `the checkpoint could not be written: ${reason(error)}`);
        return false;
      }
    };
    if (this.#folder !== undefined) await put(this.#folder);
    if (this.#store !== undefined && (when === "now" || this.#now() >= this.#storeAgain)) {
      this.#storePause = (await put(this.#store))
        ? 0
        : Math.min(Math.max(2 * this.#storePause, pause.first), pause.longest);
      this.#storeAgain = this.#now() + this.#storePause;
    }
    if (kept.length > 0) {
      this.#written = checkpoint;
      const text = `checkpoint of step ${checkpoint.step} is kept`;
      log.info({ checkpoint: checkpoint.step, bytes: bytes.length, places: kept }, text);
    }
    this.#lastWrite = this.#now();
  }
}
