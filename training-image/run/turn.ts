import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { Entry } from "../../contracts/object-store.ts";
import { reason, type Services } from "./context.ts";
import { StoppedError, unlessStopped } from "./with-run.ts";

interface Turns {
  bucket: string;
  /** Name of the training definition: one of its Jobs at a time. */
  name: string;
  /** Who takes the turn. Pods of one Job share it. */
  job: string;
  /** How often the holder shows that it lives, in milliseconds. @default 20000 */
  beatMs?: number;
  /**
   * Silence after which a turn counts as given up, in milliseconds: longer than a training computes without coming up
   * for air. @default 600000
   */
  leaseMs?: number;
  /** How often who waits looks again, in milliseconds. @default 5000 */
  pollMs?: number;
}

export interface TurnOptions<T> extends Turns {
  /** Whether a result of one pod is the Job's, whose turn ends with it. @default always */
  isLast?: (result: T) => boolean;
  /** Whether an error of one pod ends the Job's turn. @default true */
  endsOnError?: boolean;
}

const Holder = z.strictObject({ job: z.string() });

interface Newest {
  number: number;
  hasEnded: boolean;
  /** Changes with every beat. */
  token: string;
}

/**
 * Does a Job's work while no other Job of the same training definition is at work: who comes second waits (SPEC U-07). A
 * turn is a write-once key of the object store, `turns/<name>/<number>.json`, which names the Job; `.beat` beside it is
 * written again and again, `.end` once. A holder that was killed is silent, and after the lease the next one goes on,
 * by the clock of whoever waits. A holder that was only slow, and overtaken, is told to stop.
 * @param work is given services whose signal is aborted as well when the turn is lost
 * @throws StoppedError where the signal is aborted, also while it waits; ObjectStoreError where the store does not answer
 */
export async function inTurn<S extends Services, T>(
  services: S,
  options: TurnOptions<T>,
  work: (services: S) => Promise<T>,
): Promise<T> {
  const { isLast = () => true, endsOnError = true } = options;
  const turn = new Turn(services, options, await take(services, options));
  let ends = endsOnError;
  try {
    const result = await work({
      ...services,
      signal: AbortSignal.any([services.signal, turn.lost]),
    });
    ends = isLast(result);
    return result;
  } finally {
    await turn.leave(ends);
  }
}

/** A turn that is held. */
class Turn {
  readonly #services: Services;
  readonly #options: Turns;
  readonly #number: number;
  readonly #lost = new AbortController();
  readonly #left = new AbortController();

  constructor(services: Services, options: Turns, number: number) {
    this.#services = services;
    this.#options = options;
    this.#number = number;
    void this.#beat();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async leave(ends: boolean): Promise<void> {
    this.#left.abort();
    if (!ends || this.#lost.signal.aborted) return;
    const { objects, log } = this.#services;
    const { bucket, name } = this.#options;
    const key = keyOf(name, this.#number, "end");
    // A process that was asked to end has only seconds.
    await objects.put(bucket, key, "", { retries: 1, timeoutMs: 2_000 }).catch((error: unknown) => {
      log.warn({ key }, `the next training of ${name} waits longer: ${reason(error)}`);
    });
  }

  async #beat(): Promise<void> {
    const { objects, log } = this.#services;
    const { bucket, name, beatMs = 20_000 } = this.#options;
    const patience = { retries: 0, timeoutMs: 10_000 };
    for (let beat = 1; ; beat++) {
      if (beat > 1 && !(await pause(beatMs, this.#left.signal, false))) return;
      try {
        if (await objects.has(bucket, keyOf(name, this.#number + 1, "json"))) {
          log.error({ training: name }, `another Job of ${name} took this one for dead: it stops`);
          this.#lost.abort(new StoppedError());
          return;
        }
        const content = canonicalJson({ beat, process: process.pid, time: Date.now() });
        await objects.put(bucket, keyOf(name, this.#number, "beat"), content, patience);
      } catch (error) {
        // A training outlives a store that is down; who waits cannot look either.
        log.warn({ training: name }, `the turn of ${name} could not be shown: ${reason(error)}`);
      }
    }
  }
}

/** Waits until the turn is this Job's. @returns its number */
async function take(services: Services, options: Turns): Promise<number> {
  const { objects, log, signal } = services;
  const { bucket, name, job, leaseMs = 600_000, pollMs = 5_000 } = options;
  const claim = async (number: number) =>
    objects.putOnce(bucket, keyOf(name, number, "json"), canonicalJson({ job }));
  let seen: { token: string; since: number } | undefined;
  for (;;) {
    const newest = newestOf(
      await unlessStopped(signal, objects.listEntries(bucket, `turns/${name}/`)),
    );
    if (newest === undefined || newest.hasEnded) {
      const next = (newest?.number ?? 0) + 1;
      if (await unlessStopped(signal, claim(next))) return next;
      continue;
    }
    const holder = await unlessStopped(signal, holderOf(services, options, newest.number));
    if (holder === job) return newest.number;
    const now = performance.now();
    if (seen?.token !== newest.token) {
      if (seen === undefined) {
        log.info({ training: name, holder }, `waits until ${holder} has ended`);
      }
      seen = { token: newest.token, since: now };
    } else if (now - seen.since >= leaseMs) {
      log.warn({ training: name, holder }, `${holder} has been silent for too long: going on`);
      if (await unlessStopped(signal, claim(newest.number + 1))) return newest.number + 1;
      continue;
    }
    if (!(await pause(pollMs, signal))) throw new StoppedError();
  }
}

async function holderOf(
  { objects }: Services,
  { bucket, name }: Turns,
  number: number,
): Promise<string | undefined> {
  const bytes = await objects.get(bucket, keyOf(name, number, "json"));
  return bytes && Holder.parse(JSON.parse(new TextDecoder().decode(bytes))).job;
}

function newestOf(entries: readonly Entry[]): Newest | undefined {
  const parts = entries.map((entry) => {
    const [, number = "", kind = ""] = /\/(\d+)\.(json|beat|end)$/.exec(entry.key) ?? [];
    return { number: Number(number), kind, entry };
  });
  const number = Math.max(0, ...parts.map((part) => part.number));
  if (number === 0) return undefined;
  const own = parts.filter((part) => part.number === number);
  return {
    number,
    hasEnded: own.some(({ kind }) => kind === "end"),
    token: own.map(({ entry }) => `${entry.key} ${entry.etag}`).join("\n"),
  };
}

function keyOf(name: string, number: number, kind: "json" | "beat" | "end"): string {
  return `turns/${name}/${number}.${kind}`;
}

/**
 * @param holds whether the process stays alive for it
 * @returns false where the signal is aborted before the time is over
 */
async function pause(ms: number, signal: AbortSignal, holds = true): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal, ref: holds });
    return true;
  } catch {
    return false;
  }
}
