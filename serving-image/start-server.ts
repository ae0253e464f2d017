import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { ObjectStore } from "../contracts/object-store.ts";
import { ReleaseStore } from "../contracts/release-store.ts";
import { shortDigest } from "../contracts/release.ts";
import type { ServingConfig, Slot } from "../contracts/serving-config.ts";
import { createApp } from "./app.ts";
import { watchConfig } from "./config-watcher.ts";
import { ServerMetrics } from "./metrics.ts";
import { loadModel } from "./models/loaded-model.ts";
import { ModelSet } from "./models/model-set.ts";
import { checkAuth, type Settings } from "./settings.ts";

export interface RunningServer {
  port: number;
  metricsPort: number;
  /** Rejects when the mounted configuration forbids what the environment asks for (authentication off outside dev). */
  refused: Promise<never>;
  /** Answers what is under way and what still comes while clients hear that it is going, then ends. */
  drain: () => Promise<void>;
}

/** Above the idle time of the gateway's connections, so that it is never this side that closes first. */
const keepAliveMs = 75_000;

/** Starts a server: it is alive at once, and ready when every configured model is loaded. */
export async function startServer(
  settings: Settings,
  log: Logger,
  tuning: { configIntervalMs?: number; retry?: { first: number; last: number } } = {},
): Promise<RunningServer> {
  const metrics = new ServerMetrics(settings.image);
  let slot: Slot = "blue";
  let isDraining = false;
  const models = new ModelSet({
    load: (served, config) => loadModel(served, releaseStore(settings, config), settings.threads),
    onLoaded: (model) => {
      metrics.loaded(model, slot);
      log.info(
        { model: model.lineage },
        `serving ${model.lineage.name} ${shortDigest(model.lineage.release)}`,
      );
    },
    onUnloaded: (model) => metrics.unloaded(model, slot),
    onFailed: (reason) => log.warn(reason, "a model is not ready"),
    ...(tuning.retry === undefined ? {} : { retry: tuning.retry }),
  });

  let refuse: (error: unknown) => void = () => undefined;
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  refused.catch(() => undefined);
  const stopWatching = watchConfig({
    path: settings.configPath,
    onConfig: (config) => {
      try {
        checkAuth(settings, config.environment);
      } catch (error) {
        refuse(error);
        return;
      }
      slot = config.slot;
      void models.apply(config);
    },
    onError: (message) => {
      metrics.failed("config");
      log.error(message);
    },
    ...(tuning.configIntervalMs === undefined ? {} : { intervalMs: tuning.configIntervalMs }),
  });

  const app = createApp({
    settings,
    models,
    metrics,
    log,
    slot: () => slot,
    isDraining: () => isDraining,
  });
  const server = createServer(
    {
      keepAliveTimeout: keepAliveMs,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      maxHeaderSize: 16_384,
    },
    app,
  );
  const metricsServer = createServer((_, response) => void answerMetrics(metrics, response));
  const port = await listen(server, settings.port);
  const metricsPort = await listen(metricsServer, settings.metricsPort);
  log.info({ port, metricsPort }, "listening");

  return {
    port,
    metricsPort,
    refused,
    drain: async () => {
      isDraining = true;
      stopWatching();
      await sleep(settings.drainSeconds * 1_000);
      await close(server);
      await close(metricsServer);
      await models.close();
    },
  };
}

function releaseStore(settings: Settings, { objects }: ServingConfig): ReleaseStore {
  const { endpoint, region, bucket } = objects;
  const { accessKeyId, secretAccessKey } = settings;
  return new ReleaseStore(
    new ObjectStore({ endpoint, region, accessKeyId, secretAccessKey }),
    bucket,
  );
}

async function answerMetrics(
  { registry }: ServerMetrics,
  response: {
    writeHead: (status: number, headers: Record<string, string>) => unknown;
    end: (text: string) => unknown;
  },
): Promise<void> {
  const text = await registry.metrics();
  response.writeHead(200, { "content-type": registry.contentType });
  response.end(text);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Requests under way are answered; connections that wait for a next request are closed. */
function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}
