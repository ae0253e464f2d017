import { createServer, type Server } from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import type { LedgerEntry } from "../../../contracts/ledger.ts";
import { recorderMetrics } from "../../../contracts/metric-names.ts";

/** What the recorder tells of itself. */
export interface RecorderView {
  environment: string;
  /** Number and digest of the ledger's last entry. */
  end: { sequence: number; sha256: string } | undefined;
  /** Whether everything was looked at, and what was found is being written. */
  isReady: boolean;
  waiting: number;
  /** What was wrong with the ledger when this recorder opened it. */
  findings: number;
}

/** Answers for probes (`/health/live`, `/health/ready`), for verification (`/head`) and for Prometheus (`/metrics`). */
export class Operations {
  readonly #registry = new Registry();
  readonly #entries: Counter;
  readonly #server: Server;

  /** @param view undefined until the ledger is open */
  constructor(view: () => RecorderView | undefined) {
    const registers = [this.#registry];
    this.#entries = new Counter({
      name: recorderMetrics.entries,
      help: "Entries written to the ledger",
      labelNames: ["kind"],
      registers,
    });
    const gauge = (name: string, help: string, value: (view: RecorderView) => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          const now = view();
          if (now !== undefined) this.set(value(now));
        },
      });
    gauge(recorderMetrics.sequence, "Number of the last entry", ({ end }) => end?.sequence ?? 0);
    gauge(recorderMetrics.waiting, "Changes not written yet", ({ waiting }) => waiting);
    gauge(
      recorderMetrics.findings,
      "What was wrong with the ledger when it was opened",
      ({ findings }) => findings,
    );
    this.#server = createServer((request, response) => {
      const now = view();
      const answer = (status: number, body: string, type = "application/json") =>
        response.writeHead(status, { "content-type": type }).end(body);
      if (request.url === "/health/live") answer(200, '{"status":"ok"}');
      else if (request.url === "/health/ready") {
        const isReady = now?.isReady === true;
        answer(isReady ? 200 : 503, `{"status":"${isReady ? "ok" : "not ready"}"}`);
      } else if (request.url === "/head" && now !== undefined) {
        answer(200, JSON.stringify({ environment: now.environment, end: now.end ?? null }));
      } else if (request.url === "/metrics") {
        void this.#registry.metrics().then((text) => answer(200, text, this.#registry.contentType));
      } else answer(now === undefined ? 503 : 404, "{}");
    });
  }

  wrote({ change }: LedgerEntry): void {
    this.#entries.inc({ kind: change.kind });
  }

  /** @returns the port, chosen by the system where 0 is asked for */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, resolve);
    });
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
