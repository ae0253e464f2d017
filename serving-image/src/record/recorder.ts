import pRetry, { AbortError } from "p-retry";
import { ZodError } from "zod";
import {
  LedgerEntry,
  objectKey,
  type ChangedObject,
  type Traffic,
} from "../../../contracts/ledger.ts";
import type { LedgerState } from "../../../contracts/ledger-state.ts";
import type { LedgerWriter, Next } from "../../../contracts/ledger-store.ts";
import { gone, type Described } from "./describe/described.ts";
import type { SeenObject } from "./seen-object.ts";
import type { Watched } from "./watched.ts";

export interface RecorderOptions {
  writer: LedgerWriter;
  environment: string;
  /** Told of each entry. */
  wrote?: (entry: LedgerEntry) => void;
  /** Told of each attempt that failed; it is made again. */
  failed?: (error: Error) => void;
  /** First pause before a failed attempt is made again; it doubles up to 30 s. @default 1000 */
  retryMs?: number;
  /** How much may wait for a store that does not answer; what is beyond is found by the next look at everything. @default 10000 */
  maxWaiting?: number;
  /** @default the machine's clock */
  now?: () => Date;
}

interface Seen extends Described {
  object: ChangedObject;
  listedAt?: string;
}

/** Writes what it is shown into the ledger, one after the other, and each change once. */
export class Recorder {
  readonly #options: Required<Pick<RecorderOptions, "retryMs" | "maxWaiting" | "now">> &
    RecorderOptions;
  readonly #stopped = new AbortController();
  #line: Promise<void> = Promise.resolve();
  #waiting = 0;
  #waitingSince: number | undefined;

  constructor(options: RecorderOptions) {
    const defaults = { retryMs: 1_000, maxWaiting: 10_000, now: () => new Date() };
    this.#options = { ...defaults, ...options };
  }

  /** Changes that are not written yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How long the oldest of them has waited, in milliseconds. */
  get waitingMs(): number {
    return this.#waitingSince === undefined ? 0 : performance.now() - this.#waitingSince;
  }

  /** An object was made or changed just now. */
  saw(watched: Watched, object: SeenObject): void {
    this.#enqueue(() =>
      this.#write({ ...watched.describe(object), object: refer(watched, object) }),
    );
  }

  /** An object was deleted just now. */
  sawGone(watched: Watched, object: SeenObject): void {
    const described = gone(watched.describe(object), object);
    this.#enqueue(() => this.#write({ ...described, object: refer(watched, object) }));
  }

  /**
   * All objects of a sort that there are: what the ledger says otherwise is written down as found.
   * @param listedAt when they were asked for
   */
  listed(watched: Watched, objects: readonly SeenObject[], listedAt: Date): void {
    const at = listedAt.toISOString();
    this.#enqueue(async () => {
      const there = new Set<string>();
      for (const object of objects) {
        const reference = refer(watched, object);
        there.add(objectKey(reference));
        await this.#write({ ...watched.describe(object), object: reference, listedAt: at });
      }
      for (const { object, model, change } of this.#options.writer.state.present()) {
        const isWatched = object.kind === watched.kind && change.kind === watched.change;
        if (!isWatched || there.has(objectKey(object))) continue;
        const nobody = { by: { manager: null }, at: undefined };
        await this.#write({
          object,
          model,
          change: { ...change, to: null },
          ...nobody,
          listedAt: at,
        });
      }
    });
  }

  /** All that was shown so far is written. */
  async settled(): Promise<void> {
    await this.#line;
  }

  /** Gives up what cannot be written at once; it is found when a recorder starts again. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#line;
  }

  #enqueue(work: () => Promise<void>): void {
    if (this.#stopped.signal.aborted || this.#waiting >= this.#options.maxWaiting) return;
    this.#waiting++;
    this.#waitingSince ??= performance.now();
    const attempt = async () => {
      try {
        await work();
      } catch (error) {
        if (this.#stopped.signal.aborted) throw new AbortError("stopped");
        if (!(error instanceof ZodError)) throw error;
        // What cannot be said cannot be said the next time, and must not hold up all that comes after it.
        this.#options.failed?.(error);
      }
    };
    const done = () => {
      this.#waiting--;
      this.#waitingSince = this.#waiting === 0 ? undefined : performance.now();
    };
    this.#line = this.#line
      .then(() => {
        if (this.#stopped.signal.aborted) return;
        return pRetry(attempt, {
          retries: Infinity,
          minTimeout: this.#options.retryMs,
          maxTimeout: 30_000,
          signal: this.#stopped.signal,
          onFailedAttempt: ({ error }) => this.#options.failed?.(error),
        });
      })
      // Only a stop ends the attempts.
      .catch(() => undefined)
      .then(done);
  }

  async #write(seen: Seen): Promise<void> {
    const entry = await this.#options.writer.append((next) =>
      next.state.isNews(seen) ? this.#entry(seen, next) : undefined,
    );
    if (entry !== undefined) this.#options.wrote?.(entry);
  }

  #entry(seen: Seen, { sequence, previous, state }: Next): LedgerEntry {
    const { model, change, object, by, listedAt } = seen;
    const now = this.#options.now().toISOString();
    const last = state.lastOf(object)?.change;
    const from = last?.kind === change.kind ? last.to : null;
    return LedgerEntry.parse({
      environment: this.#options.environment,
      sequence,
      previous,
      model,
      at: seen.at ?? (change.to === null ? now : object.createdAt),
      recordedAt: now,
      seen: listedAt === undefined ? "live" : "found",
      object,
      by,
      change: {
        ...change,
        from,
        ...(change.kind === "traffic"
          ? { releases: releasesOf(model, [change.to, from], state) }
          : {}),
      },
    });
  }
}

/** The releases of the slots that a route leads to, or led to, as the ledger has them. */
function releasesOf(model: string, routes: readonly unknown[], state: LedgerState) {
  const slots = routes.flatMap((route) => {
    const { weights, shadow } = (route ?? { weights: {} }) as Traffic;
    return [...Object.keys(weights), ...(shadow === undefined ? [] : [shadow.slot])];
  });
  return Object.fromEntries(
    [...new Set(slots)].flatMap((slot) => {
      const release = state.releaseOf(model, slot);
      return release === undefined
        ? []
        : [[slot, { release, admittedIn: state.admittedIn(release) }] as const];
    }),
  );
}

function refer({ kind }: Watched, { metadata }: SeenObject): ChangedObject {
  const { name, uid, resourceVersion, creationTimestamp } = metadata;
  return { kind, name, uid, createdAt: creationTimestamp, resourceVersion };
}
