import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import type { ServingConfig } from "../../../contracts/serving-config.ts";
import type { LossReason } from "../audit/log-writer.ts";
import type { Feedback, Inference } from "../inference.ts";
import type { Metrics } from "../metrics.ts";
import type { ServedModel } from "../model/model.ts";
import { settledWithin } from "../settled-within.ts";
import type { FromThread, ThreadData, ToThread } from "./messages.ts";
import { Sheet } from "./sheet.ts";

export interface ObserverOptions extends ThreadData {
  metrics: Metrics;
  log: Logger;
  spawn?: (data: ThreadData) => Worker;
}

/** A sheet goes to the thread when it is so large, or so old: what one hand-over costs the event loop is bounded. */
const sheetAnswers = 500;
const sheetBytes = 256 * 1024;
const sheetMs = 500;
/** What the thread has not read yet may hold so many bytes; answers beyond are lost to it, and counted. */
const mostBytes = 16 * 1024 * 1024;
const restartMs = 1_000;
const lossLogMs = 30_000;

/** The thread's program: a source beside this one, or its bundle beside the bundle. */
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = new URL(`./observer-thread.${extension}`, import.meta.url);

interface Open {
  key: number;
  model: ServedModel;
  sheet: Sheet;
  /** Answers that the thread was too busy to be told about. */
  lost: number;
}

/**
 * Tells a thread what was answered. On the event loop an answer costs the copy of its values into columns; log, events,
 * counters of inputs, labels and physics are the thread's work.
 */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #open = new Map<ServedModel, Open>();
  readonly #clock: NodeJS.Timeout;
  #thread: Worker;
  #config: ServingConfig;
  #keys = 0;
  /** Told, not read yet. */
  #bytes = 0;
  /** Answers by model that were told and are neither written nor lost yet. */
  readonly #pending = new Map<string, number>();
  #isOver = false;
  #lossLogged = Number.NEGATIVE_INFINITY;

  constructor(config: ServingConfig, options: ObserverOptions) {
    this.#options = options;
    this.#config = config;
    this.#thread = this.#start();
    this.#clock = setInterval(() => this.#handOverAll(), sheetMs).unref();
  }

  readonly observe = (inference: Inference): void => {
    const { model } = inference;
    const open = this.#open.get(model) ?? this.#openOf(model);
    if (this.#bytes + open.sheet.bytes > mostBytes) {
      open.lost++;
      return;
    }
    open.sheet.add(inference);
    if (open.sheet.answers >= sheetAnswers || open.sheet.bytes >= sheetBytes) this.#handOver(open);
  };

  readonly feedback = (feedback: Feedback): void => {
    // Its answer may still be on a sheet.
    this.#handOverAll();
    this.#send({ kind: "feedback", feedback });
  };

  /** Says what is served now. */
  serve(models: readonly ServedModel[]): void {
    for (const model of models) if (!this.#open.has(model)) this.#openOf(model);
    for (const open of this.#open.values()) {
      if (models.includes(open.model)) continue;
      this.#handOver(open);
      this.#open.delete(open.model);
      this.#send({ kind: "forget", key: open.key });
    }
  }

  configure(config: ServingConfig): void {
    this.#config = config;
    this.#send({ kind: "configure", config });
  }

  /** Writes and sends what there is, as far as that goes in this time. */
  async drain(limitMs: number): Promise<void> {
    this.#handOverAll();
    this.#isOver = true;
    clearInterval(this.#clock);
    const thread = this.#thread;
    const ended = new Promise((resolve) => thread.once("exit", resolve));
    this.#send({ kind: "drain", limitMs });
    await settledWithin(ended, limitMs + 2_000);
    await thread.terminate();
    this.#losePending("drain");
  }

  #openOf(model: ServedModel): Open {
    const open = { key: ++this.#keys, model, sheet: new Sheet(model.contract), lost: 0 };
    this.#open.set(model, open);
    this.#tell(open);
    this.#checkRedaction(model);
    return open;
  }

  #tell({ key, model: { lineage, contract } }: Open): void {
    this.#send({ kind: "model", model: { key, lineage, contract } });
  }

  /** A misspelt feature would be written down. */
  #checkRedaction({ lineage, contract }: ServedModel): void {
    const features = new Set(contract.features.map(({ name }) => name));
    const unknown = (this.#config.audit?.redact ?? []).filter((name) => !features.has(name));
    if (unknown.length === 0) return;
    const message = "audit.redact names what the model has no feature of: check its spelling";
    this.#options.log.warn({ model: lineage.name, unknown }, message);
  }

  #handOverAll(): void {
    for (const open of this.#open.values()) this.#handOver(open);
  }

  #handOver(open: Open): void {
    const { key, sheet, lost, model } = open;
    if (lost > 0) {
      open.lost = 0;
      this.#lose(model.lineage.name, lost, "thread-busy");
      this.#send({ kind: "lost", key, answers: lost, reason: "thread-busy" });
    }
    if (sheet.answers === 0) return;
    open.sheet = new Sheet(model.contract);
    this.#bytes += sheet.bytes;
    this.#count(model.lineage.name, sheet.answers);
    const { data, buffers } = sheet.data();
    this.#send({ kind: "sheet", key, data, bytes: sheet.bytes }, buffers);
  }

  #send(message: ToThread, buffers: ArrayBuffer[] = []): void {
    this.#thread.postMessage(message, buffers);
  }

  #start(): Worker {
    const { credentials, log, spawn = start } = this.#options;
    const thread = spawn({ credentials });
    thread.unref();
    let cause = "";
    thread.on("message", (message: FromThread) => this.#take(message));
    thread.on("error", (error: Error) => (cause = error.message));
    thread.on("exit", (code) => {
      if (this.#isOver) return;
      log.error({ cause, code }, "the observing thread ended; what it had not written is lost");
      setTimeout(() => this.#restart(), restartMs).unref();
    });
    thread.postMessage({ kind: "configure", config: this.#config } satisfies ToThread);
    return thread;
  }

  #restart(): void {
    if (this.#isOver) return;
    this.#losePending("thread-failed");
    this.#bytes = 0;
    this.#thread = this.#start();
    for (const open of this.#open.values()) this.#tell(open);
  }

  #take(message: FromThread): void {
    const { metrics, log } = this.#options;
    switch (message.kind) {
      case "taken":
        this.#bytes -= message.bytes;
        return;
      case "readings":
        for (const reading of message.readings) {
          metrics.observer.apply(reading, (key) => this.#seriesOf(key));
          if (reading.of === "audit-written") this.#count(reading.model, -reading.count);
          if (reading.of === "audit-lost") this.#count(reading.model, -reading.count);
        }
        return;
      case "trouble": {
        const { what, message: cause } = message;
        if (cause === undefined) log.info({ what }, `${what}: works again`);
        else log.warn({ what, cause }, `${what}: does not work; it is tried again`);
        return;
      }
    }
  }

  #count(model: string, answers: number): void {
    if (this.#config.audit?.log === "none") return;
    this.#pending.set(model, (this.#pending.get(model) ?? 0) + answers);
  }

  #losePending(reason: LossReason): void {
    for (const [model, count] of this.#pending) this.#lose(model, count, reason);
    this.#pending.clear();
  }

  #lose(model: string, answers: number, reason: LossReason): void {
    if (answers <= 0 || this.#config.audit?.log === "none") return;
    this.#options.metrics.observer.lost(model, answers, reason);
    // The counter tells how many; the log tells that, and not as often.
    if (performance.now() - this.#lossLogged < lossLogMs) return;
    this.#lossLogged = performance.now();
    this.#options.log.warn({ model, answers, reason }, "audit records are lost");
  }

  #seriesOf(key: number) {
    for (const open of this.#open.values()) {
      if (open.key === key) return this.#options.metrics.of(open.model.lineage);
    }
    return undefined;
  }
}

function start(data: ThreadData): Worker {
  return new Worker(program, { workerData: data, name: "observer" });
}
