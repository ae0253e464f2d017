import type { Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { ConfigError } from "./config/errors.ts";
import {
  authenticationProblems,
  readKeys,
  readServingFile,
  type Settings,
} from "./config/settings.ts";
import { watchText } from "./config/watch.ts";
import type { GrpcPort } from "./grpc/port.ts";
import { grpcPort } from "./grpc/server.ts";
import type { AppOptions } from "./http/app.ts";
import { createListener } from "./http/listener.ts";
import { clientPort, close, listen, metricsPort, portOf } from "./http/ports.ts";
import type { Readiness } from "./http/readiness.ts";
import { observeAll } from "./inference.ts";
import { Metrics } from "./metrics.ts";
import type { Models } from "./model/models.ts";
import { servedModels } from "./model/served-models.ts";
import { Observer } from "./observer/observer.ts";

/** Connections without a request are kept this long at the end, where there is a drain at all. */
const quietMs = 1_000;
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
  readonly #grpc: GrpcPort;
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
    this.#models = servedModels({
      settings,
      metrics: this.#metrics,
      log,
      onChange: (models) => {
        this.#metrics.serve(models);
        this.#observer.serve(models);
      },
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
    const onDrop = () => this.#metrics.error("too-many-connections");
    this.#grpc = grpcPort(options, settings.maxGrpcConnections, onDrop);
    this.#http = clientPort(createListener(options), settings.maxConnections, onDrop);
    this.#metricsHttp = metricsPort(this.#metrics.registry);
  }

  /** Listens, and loads models from then on; readiness tells when they are there. */
  async start(): Promise<void> {
    const { host, port, grpcPort, metricsPort, configPath, keysPath, watchMs } = this.#settings;
    const [bound] = await Promise.all([
      this.#grpc.listen(host, grpcPort),
      listen(this.#http, port, host),
      listen(this.#metricsHttp, metricsPort, host),
    ]);
    const { port: http, metricsPort: metrics } = this;
    this.#log.info({ port: http, grpcPort: bound, metricsPort: metrics }, "listening");
    this.#stopWatching = [configPath, keysPath].map((path) =>
      watchText(path, watchMs, () => this.#reload()),
    );
    void this.#models.apply(this.#settings.config);
  }

  get port(): number {
    return portOf(this.#http);
  }

  get metricsPort(): number {
    return portOf(this.#metricsHttp);
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
    await close(this.#http, Math.min(quietMs, this.#settings.drainMs), lastAnswersMs);
    await lastCalls;
    await this.#observer.drain(lastRecordsMs);
    await close(this.#metricsHttp, 0, 0);
    this.#log.info("closed");
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
