import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { EventSink } from "../../../contracts/audit-policy.ts";
import { shortDigest } from "../../../contracts/release.ts";
import type { AnswerLineage } from "../model/model.ts";
import type { ObservedAnswer } from "../observer/answers.ts";
import { settledWithin } from "../settled-within.ts";

export type EventLoss = "buffer-full" | "sink-failed" | "drain";

export interface EventSenderOptions {
  onSent: (events: number) => void;
  onLost: (events: number, reason: EventLoss) => void;
  /** A sink does not take events, or takes them again: then without a message. */
  onTrouble: (message?: string) => void;
  fetch?: typeof fetch;
  /** First pause before a batch is sent again; it doubles. @default 500 ms */
  retryMs?: number;
}

const batchEvents = 500;
const mostBytes = 4 * 1024 * 1024;
const tries = 4;
const timeoutMs = 5_000;

/**
 * Sends answers as CloudEvents 1.0 to a sink, in the batched mode of its HTTP binding (SPEC T-10). A slow or dead sink
 * costs a bounded queue, then events, which are counted; answers never wait.
 */
export class EventSender {
  readonly #options: EventSenderOptions;
  readonly #over = new AbortController();
  #sink: EventSink | undefined;
  #queue: string[] = [];
  #bytes = 0;
  #sending: Promise<void> | undefined;
  #isInTrouble = false;

  constructor(options: EventSenderOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#sink !== undefined;
  }

  configure(sink: EventSink | undefined): void {
    this.#sink = sink;
  }

  /** @param line the answer's audit record in JSON: the event's data */
  add(lineage: AnswerLineage, answer: ObservedAnswer, line: string): void {
    if (!this.isOn) return;
    const event = cloudEvent(lineage, answer, line);
    if (this.#bytes + event.length > mostBytes) {
      this.#options.onLost(1, "buffer-full");
      return;
    }
    this.#queue.push(event);
    this.#bytes += event.length;
    if (this.#queue.length >= batchEvents) this.tick();
  }

  /** Sends what there is; to be called about once a second. */
  tick(): void {
    if (this.#queue.length === 0) return;
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  async drain(limitMs: number): Promise<void> {
    this.tick();
    await settledWithin(this.#sending, limitMs);
    this.#over.abort();
    const rest = this.#queue.splice(0).length;
    if (rest > 0) this.#options.onLost(rest, "drain");
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && this.#sink !== undefined) {
      const batch = this.#queue.slice(0, batchEvents);
      const problem = await this.#send(this.#sink.url, batch);
      if (this.#over.signal.aborted) return;
      this.#queue.splice(0, batch.length);
      this.#bytes -= batch.reduce((total, { length }) => total + length, 0);
      if (problem === undefined) this.#options.onSent(batch.length);
      else this.#options.onLost(batch.length, "sink-failed");
      const isFailed = problem !== undefined;
      if (isFailed !== this.#isInTrouble) this.#options.onTrouble(problem);
      this.#isInTrouble = isFailed;
    }
  }

  /** @returns what went wrong in the last try, or nothing */
  async #send(url: string, batch: readonly string[]): Promise<string | undefined> {
    const ask = this.#options.fetch ?? fetch;
    let problem: string | undefined;
    for (let attempt = 0; attempt < tries && !this.#over.signal.aborted; attempt++) {
      if (attempt > 0) {
        const wait = (this.#options.retryMs ?? 500) * 2 ** (attempt - 1);
        const { signal } = this.#over;
        await pause(wait, undefined, { signal }).catch(() => undefined);
      }
      try {
        const response = await ask(url, {
          method: "POST",
          headers: { "content-type": "application/cloudevents-batch+json; charset=utf-8" },
          body: `[${batch.join(",")}]`,
          signal: AbortSignal.any([this.#over.signal, AbortSignal.timeout(timeoutMs)]),
          redirect: "error",
        });
        await response.body?.cancel();
        if (response.ok) return undefined;
        problem = `the sink answered ${response.status}`;
        // What it does not take, it will not take later.
        if (response.status < 500 && response.status !== 429) return problem;
      } catch (error) {
        problem = (error as Error).message;
      }
    }
    return problem;
  }
}

function cloudEvent(lineage: AnswerLineage, answer: ObservedAnswer, line: string): string {
  const { environment, name, slot, release } = lineage;
  const attributes = JSON.stringify({
    specversion: "1.0",
    id: randomUUID(),
    source: `/isotherm/${environment}/${name}/${slot}`,
    type: "dev.isotherm.inference.v1",
    subject: `${name}@${shortDigest(release)}`,
    time: new Date(answer.time).toISOString(),
    datacontenttype: "application/json",
    ...(answer.traceparent === undefined ? {} : { traceparent: answer.traceparent }),
  });
  return `${attributes.slice(0, -1)},"data":${line}}`;
}
