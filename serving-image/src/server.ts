import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { ObjectStore } from "../../contracts/object-store.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import type { ServingConfig } from "../../contracts/serving-config.ts";
import { cpuLimit } from "./config/cpu-limit.ts";
import { ConfigError } from "./config/errors.ts";
import {
  authenticationProblems,
  readKeys,
  readServingFile,
  type Settings,
} from "./config/settings.ts";
import { watchText } from "./config/watch.ts";
import { GrpcServer } from "./grpc/server.ts";
import type { AppOptions } from "./http/app.ts";
import { createListener } from "./http/listener.ts";
import type { Readiness } from "./http/readiness.ts";
import { observeAll } from "./inference.ts";
import { Metrics } from "./metrics.ts";
import { loadModel } from "./model/load.ts";
import { Models } from "./model/models.ts";
import { threadPlan } from "./model/run/threads.ts";
import { Observer } from "./observer/observer.ts";

/** Envoy keeps idle connections for an hour: closing first would meet a request that is on its way. */
const keepAliveMs = 65 * 60_000;
/** A client must be done with its head, and with all of its request, in this time. */
const headMs = 10_000;
const requestMs = 30_000;
/** How often these limits are looked at; Node's own 30 s would triple them. */
const limitsCheckMs = 5_000;
const maxConnections = 10_000;
/** What is still being answered this long after the drain is cut. */
const lastAnswersMs = 20_000;
/** What was answered is written to the log and sent to a sink in this time, or counted as lost. */
const lastRecordsMs = 8_000;

/** A model server: HTTP and gRPC for clients, and metrics, each on a port of its own. */
export class ModelServer {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #models: Models;
  readonly #observer: Observer;
  readonly #http: Server;
  readonly #grpc: GrpcServer;
  readonly #metricsHttp: Server;
  #settings: Settings;
  #isDraining = false;
  #stopWatching: (() => void)[] = [];

  constructor(settings: Settings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#metrics = new Metrics(settings.image);
    const { config, credentials } = settings;
    this.#observer = new Observer(config, { credentials, metrics: this.#metrics, log });
    const plan = threadPlan(cpuLimit());
    this.#models = new Models({
      load: (wanted, config) =>
        loadModel(wanted, {
          store: this.#storeOf(config),
          place: config,
          plan,
          queue: settings.queue,
          provider: settings.provider,
          events: {
            batch: (lineage, { rows, place }) => this.#metrics.run(lineage, rows, place),
            // The answer tells it, and is counted.
            refused: () => undefined,
            workerLost: ({ name, version }, message) => {
              log.error({ model: name, version, message }, "a model's worker is lost");
              this.#metrics.error("worker-lost", name);
            },
          },
        }),
      log,
      onFailure: (problem) => {
        log.warn(problem, "a model does not load; it is tried again");
        this.#metrics.error(problem.reason, problem.model);
      },
      onChange: (models) => {
        const told = models.map(({ lineage, placement }) => ({ ...lineage, ...placement }));
        log.info({ models: told }, "serving");
        this.#metrics.serve(models);
        this.#observer.serve(models);
      },
      retryMs: settings.retryMs,
    });
    const options: AppOptions = {
      models: this.#models,
      metrics: this.#metrics,
      observe: observeAll([this.#observer.observe], (error) =>
        log.error({ err: error }, "an observer failed"),
      ),
      feedback: this.#observer.feedback,
      log,
      readiness: () => this.#readiness(),
      isDraining: () => this.#isDraining,
      apiKeys: () =>
        this.#settings.authentication === "none" ? undefined : this.#settings.apiKeys,
      maxBodyBytes: settings.maxBodyBytes,
      maxRows: settings.maxRows,
    };
    this.#grpc = new GrpcServer(options);
    this.#http = createServer(
      {
        keepAliveTimeout: keepAliveMs,
        headersTimeout: headMs,
        requestTimeout: requestMs,
        connectionsCheckingInterval: limitsCheckMs,
      },
      createListener(options),
    );
    this.#http.maxConnections = maxConnections;
    this.#metricsHttp = createServer((request, response) => {
      if (request.url !== "/metrics") return void response.writeHead(404).end();
      void this.#metrics.registry.metrics().then((text) => {
        response.writeHead(200, { "content-type": this.#metrics.registry.contentType }).end(text);
      });
    });
  }

  /** Listens, and loads models from then on; readiness tells when they are there. */
  async start(): Promise<void> {
    const { host, port, grpcPort, metricsPort, configPath, keysPath, watchMs } = this.#settings;
    await Promise.all([
      listen(this.#http, port, host),
      this.#grpc.listen(host, grpcPort),
      listen(this.#metricsHttp, metricsPort, host),
    ]);
    const { port: http, metricsPort: metrics } = this;
    this.#log.info({ port: http, grpcPort: this.#grpc.port, metricsPort: metrics }, "listening");
    this.#stopWatching = [configPath, keysPath].map((path) =>
      watchText(path, watchMs, () => this.#reload()),
    );
    void this.#models.apply(this.#settings.config);
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get metricsPort(): number {
    return (this.#metricsHttp.address() as AddressInfo).port;
  }

  /** Says it is not ready, serves on while routes move away, then closes once everything is answered. */
  async drain(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#stopWatching.forEach((stop) => stop());
    this.#models.stop();
    this.#log.info({ drainMs: this.#settings.drainMs }, "draining");
    await pause(this.#settings.drainMs);
    this.#log.info("closing");
    const lastCalls = this.#grpc.close(lastAnswersMs);
    const cut = setTimeout(() => this.#http.closeAllConnections(), lastAnswersMs);
    // A request that came before the drain promised to keep its connection: it is idle only once that is answered.
    const idle = setInterval(() => this.#http.closeIdleConnections(), 100);
    await new Promise((resolve) => this.#http.close(resolve));
    clearInterval(idle);
    clearTimeout(cut);
    await lastCalls;
    await this.#observer.drain(lastRecordsMs);
    this.#metricsHttp.closeAllConnections();
    await new Promise((resolve) => this.#metricsHttp.close(resolve));
    this.#log.info("closed");
  }

  #storeOf({ objects }: ServingConfig): ReleaseStore {
    const { endpoint, region, bucket } = objects;
    // Few tries and short ones: a load that fails is told, then tried again as a whole.
    const patience = { retries: 1, retryDelayMs: 100, timeoutMs: 20_000 };
    const store = new ObjectStore({ endpoint, region, ...this.#settings.credentials, ...patience });
    return new ReleaseStore(store, bucket);
  }

  #readiness(): Readiness {
    if (this.#isDraining) {
      const message = "the server is going away";
      return { isReady: false, reasons: [{ reason: "draining", message }] };
    }
    if (this.#settings.config.models.length === 0) {
      const message = "the configuration names no model";
      return { isReady: false, reasons: [{ reason: "no-model-configured", message }] };
    }
    return { isReady: this.#models.isReady, reasons: this.#models.problems };
  }

  /** A file that is wrong changes nothing but a counter and the log. */
  #reload(): void {
    const { configPath, keysPath, authentication } = this.#settings;
    try {
      const config = readServingFile(configPath);
      const apiKeys = readKeys(keysPath);
      const problems = authenticationProblems(
        config.environment,
        authentication,
        apiKeys,
        keysPath,
      );
      if (problems.length > 0) throw new ConfigError(problems);
      const isSame = JSON.stringify(config) === JSON.stringify(this.#settings.config);
      this.#settings = { ...this.#settings, config, apiKeys };
      this.#log.info({ models: config.models }, "configuration read again");
      if (isSame) return;
      this.#observer.configure(config);
      void this.#models.apply(config);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#metrics.error("config-invalid");
      this.#log.error({ problems: error.problems }, "a changed file is wrong; the old one serves");
    }
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
