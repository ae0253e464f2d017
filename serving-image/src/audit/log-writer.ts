import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { type AuditCounts, auditPrefix, type LogName } from "../../../contracts/audit-record.ts";
import type { ObjectStore } from "../../../contracts/object-store.ts";
import { settledWithin } from "../settled-within.ts";
import { Page, type Place } from "./page.ts";

export interface LogLimits {
  /** An object is written when it has so many bytes, not compressed. @default 4 MiB */
  pageBytes: number;
  /** Or when its oldest line is so old. @default 30 s */
  pageMs: number;
  /** A model without traffic says so this often. @default 5 min */
  idleMs: number;
  /** What is not written yet may hold so many bytes; what comes beyond is lost. @default 16 MiB */
  totalBytes: number;
  /** First pause after a write that failed; it doubles up to 30 s. @default 1 s */
  retryMs: number;
}

export const defaultLimits: LogLimits = {
  pageBytes: 4 * 1024 * 1024,
  pageMs: 30_000,
  idleMs: 5 * 60_000,
  totalBytes: 16 * 1024 * 1024,
  retryMs: 1_000,
};

export type LossReason = "buffer-full" | "thread-busy" | "thread-failed" | "drain";

export interface LogWriterOptions {
  /** Where objects go; asked anew for each, since a configuration may change. */
  target: () => { store: Pick<ObjectStore, "put">; bucket: string };
  limits: LogLimits;
  onWritten: (place: Place, records: number) => void;
  onLost: (place: Place, records: number, reason: LossReason) => void;
  /** A write failed, or after failures one came through: then without a message. */
  onTrouble: (message?: string) => void;
  now?: () => number;
}

/**
 * The CPU is the model's: the fastest level is three times as fast, for a quarter more bytes; and it is this thread that
 * compresses, at its own priority.
 */
const compress = (text: Buffer) => gzipSync(text, { level: 1 });
const longestPauseMs = 30_000;

interface Sealed {
  page: Page;
  key: string;
  /** Compressed. */
  bytes: Buffer;
  /** What its records count for in the memory that is bounded. */
  held: number;
}

/**
 * Writes lines to the object store in compressed objects, named by environment, model, day and hour. Memory is bounded:
 * while the store is away lines wait, then are lost and counted. Nothing waits for it but its own thread.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #now: () => number;
  readonly #server = `${hostname()}-${randomBytes(4).toString("hex")}`;
  readonly #pages = new Map<string, Page>();
  readonly #queue: Sealed[] = [];
  readonly #over = new AbortController();
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #isInTrouble = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Lines that are not written yet. */
  get waiting(): number {
    const pages = [...this.#pages.values(), ...this.#queue.map(({ page }) => page)];
    return pages.reduce((total, { records }) => total + records, 0);
  }

  /** From now on a model without traffic says so, until it is closed. */
  open(place: Place): void {
    this.#pageOf(place);
  }

  /** Writes what there is of a model that is not served any more. */
  close(place: Place): void {
    const page = this.#pages.get(nameOf(place));
    if (page === undefined) return;
    this.#seal(page);
    this.#pages.delete(nameOf(place));
  }

  /** @param time of what the line tells, in milliseconds since 1970 */
  add(place: Place, line: string, time: number): void {
    if (this.#bytes + line.length > this.#options.limits.totalBytes) {
      this.lose(place, 1, "buffer-full");
      return;
    }
    const page = this.#pageOf(place);
    const before = page.bytes;
    page.add(line, time, this.#now());
    this.#bytes += page.bytes - before;
    if (page.bytes >= this.#options.limits.pageBytes) this.#seal(page);
  }

  /** Counts lines that never came here, or cannot be taken. */
  lose(place: Place, records: number, reason: LossReason): void {
    this.#pageOf(place).lose(records, reason);
    this.#options.onLost(place, records, reason);
  }

  /** Seals what is due; to be called about once a second. */
  tick(): void {
    const { pageMs, idleMs } = this.#options.limits;
    const now = this.#now();
    for (const page of this.#pages.values()) {
      const isDue = page.records > 0 && now - page.oldest >= pageMs;
      const isSilent = page.place.log === "audit" && now - page.from >= idleMs;
      if (isDue || isSilent) this.#seal(page);
    }
  }

  /** Writes all that it can in this time, then counts the rest as lost. */
  async drain(limitMs: number): Promise<void> {
    for (const page of this.#pages.values()) {
      if (page.records > 0 || page.place.log === "audit") this.#seal(page);
    }
    this.#pages.clear();
    await settledWithin(this.#writing, limitMs);
    this.#over.abort();
    for (const { page } of this.#queue.splice(0)) {
      if (page.records > 0) this.#options.onLost(page.place, page.records, "drain");
    }
  }

  #pageOf(place: Place): Page {
    const name = nameOf(place);
    const known = this.#pages.get(name);
    if (known !== undefined) return known;
    const page = new Page(place, 0, this.#now());
    this.#pages.set(name, page);
    return page;
  }

  #seal(page: Page): void {
    const now = this.#now();
    const { place, sequence, bytes: held } = page;
    if (place.log === "audit") page.write(JSON.stringify(this.#counts(page, now)));
    const prefix = auditPrefix(place.log, place, new Date(page.firstTime ?? page.from));
    const number = String(sequence).padStart(6, "0");
    const key = `${prefix}${this.#server}-${number}.jsonl.gz`;
    this.#queue.push({ page, key, bytes: compress(page.text), held });
    this.#pages.set(nameOf(place), new Page(place, sequence + 1, now, page.clear()));
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
  }

  #counts({ place, sequence, from, observed, records, lost }: Page, now: number): AuditCounts {
    return {
      schema: "isotherm.dev/audit-counts/v1",
      environment: place.environment,
      model: place.model,
      server: this.#server,
      sequence,
      from: new Date(from).toISOString(),
      to: new Date(now).toISOString(),
      observed,
      written: records,
      lost: Object.fromEntries(lost),
    };
  }

  async #writeAll(): Promise<void> {
    let wait = this.#options.limits.retryMs;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      try {
        const { store, bucket } = this.#options.target();
        await store.put(bucket, first.key, first.bytes);
      } catch (error) {
        if (this.#over.signal.aborted) return;
        this.#isInTrouble = true;
        this.#options.onTrouble((error as Error).message);
        const { signal } = this.#over;
        // Servers that lost the store together should not come back together.
        const pauseMs = wait * (0.75 + Math.random() / 2);
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
        wait = Math.min(wait * 2, longestPauseMs);
        continue;
      }
      if (this.#over.signal.aborted) return;
      this.#queue.shift();
      this.#bytes -= first.held;
      wait = this.#options.limits.retryMs;
      if (this.#isInTrouble) this.#options.onTrouble();
      this.#isInTrouble = false;
      if (first.page.records > 0) this.#options.onWritten(first.page.place, first.page.records);
    }
  }
}

function nameOf({ log, environment, model }: Place): string {
  return `${log}/${environment}/${model}` satisfies `${LogName}/${string}`;
}
