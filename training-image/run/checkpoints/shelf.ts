import type { Logger } from "pino";
import type { Checkpoint } from "../../workloads/workload.ts";
import { reason } from "../context.ts";
import { decodeCheckpoint } from "./file.ts";
import { type CheckpointPlace, type Slot, slots } from "./place.ts";

/** The two checkpoints of a place: the newest that counts is never the one that is written over. */
export class CheckpointShelf {
  readonly #place: CheckpointPlace;
  readonly #key: string;
  readonly #log: Logger;
  #next: Slot = "a";

  /** @param key of the checkpoints that count: made by the same training on the same data */
  constructor(place: CheckpointPlace, key: string, log: Logger) {
    this.#place = place;
    this.#key = key;
    this.#log = log;
  }

  get description(): string {
    return this.#place.description;
  }

  /**
   * The newest one that is whole and counts; others are passed over with a warning.
   * @throws Error where the place cannot be read
   */
  async newest(): Promise<Checkpoint | undefined> {
    let newest: Checkpoint | undefined;
    for (const slot of slots) {
      const bytes = await this.#place.read(slot);
      const found = bytes && this.#open(slot, bytes);
      if (found === undefined || (newest !== undefined && newest.step > found.step)) continue;
      newest = found;
      this.#next = slot === "a" ? "b" : "a";
    }
    return newest;
  }

  /** @throws Error where the place cannot be written to */
  async put(bytes: Uint8Array): Promise<void> {
    await this.#place.write(this.#next, bytes);
    this.#next = this.#next === "a" ? "b" : "a";
  }

  async clear(): Promise<void> {
    for (const slot of slots) await this.#place.remove(slot);
  }

  #open(slot: Slot, bytes: Uint8Array): Checkpoint | undefined {
    const skip = (why: string) =>
      this.#log.warn({ slot, place: this.description }, `a checkpoint is not used: ${why}`);
    try {
      const { key, checkpoint } = decodeCheckpoint(bytes);
      if (key === this.#key) return checkpoint;
      skip("it was made by other code, parameters or data");
    } catch (error) {
      skip(`it is damaged, ${reason(error)}`);
    }
    return undefined;
  }
}
