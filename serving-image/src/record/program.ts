import type { KubeConfig } from "@kubernetes/client-node";
import pRetry from "p-retry";
import type { Logger } from "pino";
import type { LedgerEntry } from "../../../contracts/ledger.ts";
import { LedgerWriter } from "../../../contracts/ledger-store.ts";
import { ObjectStore } from "../../../contracts/object-store.ts";
import { Operations } from "./operations.ts";
import { Recorder } from "./recorder.ts";
import type { RecorderSettings } from "./settings.ts";
import { Watcher } from "./watch.ts";
import { watched } from "./watched.ts";

/** A change that waits longer than this says that something is wrong. */
const patienceMs = 60_000;

/** Watches an environment and keeps its ledger, until it is stopped. */
export class RecorderProgram {
  readonly #settings: RecorderSettings;
  readonly #log: Logger;
  readonly #operations: Operations;
  readonly #watchers: Watcher[] = [];
  #writer: LedgerWriter | undefined;
  #recorder: Recorder | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasLooked = false;
  #stopped = false;

  constructor(settings: RecorderSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#operations = new Operations(() => this.#view());
  }

  /** Ends when everything was looked at once and what was found is written. @returns the port of its own HTTP answers */
  async start(kubeConfig: KubeConfig): Promise<number> {
    const { environment, namespace, bucket, key, objects, host, port, lookMs } = this.#settings;
    const listening = await this.#operations.listen(port, host);
    const store = new ObjectStore(objects);
    const place = { store, bucket, environment, key };
    // The bucket, or the whole store, may come up after this program.
    const writer = await pRetry(() => LedgerWriter.open(place), {
      retries: Infinity,
      maxTimeout: 15_000,
      shouldRetry: () => !this.#stopped,
      onFailedAttempt: ({ error }) => this.#failed(error, "the ledger cannot be opened yet"),
    });
    for (const { text } of writer.findings)
      this.#log.error({ finding: text }, "the ledger was tampered with");
    this.#writer = writer;
    const recorder = new Recorder({
      writer,
      environment,
      wrote: (entry) => this.#wrote(entry),
      failed: (error) => this.#failed(error, "an entry cannot be written yet"),
    });
    this.#recorder = recorder;
    for (const one of watched) {
      if (this.#stopped) return listening;
      const failed = (error: Error) => this.#failed(error, `${one.plural} cannot be watched yet`);
      const watcher = new Watcher({ kubeConfig, namespace, watched: one, recorder, failed });
      this.#watchers.push(watcher);
      await watcher.start();
    }
    await recorder.settled();
    this.#hasLooked = true;
    this.#log.info({ end: writer.end?.sequence ?? 0 }, "recording");
    this.#timer = setInterval(() => this.#lookAgain(), lookMs);
    return listening;
  }

  /** What is being written is written or given up; a next recorder finds the rest. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.all(this.#watchers.map((watcher) => watcher.stop()));
    await this.#recorder?.stop();
    this.#operations.close();
  }

  /** A watch that was lost without a word would lose changes with it. */
  #lookAgain(): void {
    if (this.#recorder === undefined || this.#recorder.waiting > 0) return;
    for (const watcher of this.#watchers) {
      watcher.look().catch((error: unknown) => this.#failed(error as Error, "a look failed"));
    }
  }

  #view() {
    const [writer, recorder] = [this.#writer, this.#recorder];
    if (writer === undefined || recorder === undefined) return undefined;
    return {
      environment: this.#settings.environment,
      end: writer.end,
      isReady: this.#hasLooked && recorder.waitingMs < patienceMs,
      waiting: recorder.waiting,
      findings: writer.findings.length,
    };
  }

  #wrote(entry: LedgerEntry): void {
    this.#operations.wrote(entry);
    const { sequence, model, change, by, object } = entry;
    this.#log.info({ sequence, model, kind: change.kind, object: object.name, by }, "recorded");
  }

  #failed(error: Error, what: string): void {
    this.#log.warn({ reason: error.message }, what);
  }
}
