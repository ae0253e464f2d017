import { readFileSync } from "node:fs";
import { z } from "zod";
import { apiKeysPath, ports, servingConfigPath } from "../../../contracts/names.ts";
import type { ServingConfig } from "../../../contracts/serving-config.ts";
import type { QueueLimits } from "../model/run/runner.ts";
import { type ExecutionProvider, executionProviders } from "../model/run/session.ts";
import { type ApiKey, parseApiKeys } from "./api-keys.ts";
import { ConfigError } from "./errors.ts";
import { parseServingConfig } from "./serving-file.ts";

/** Whether callers must show a key; `none` is for the environment `dev` only. */
export type Authentication = "keys" | "none";

/** Everything a server is told, parsed once. */
export interface Settings {
  /** Path of the mounted configuration, watched for changes. */
  configPath: string;
  config: ServingConfig;
  /** Path of the API keys' digests, watched for changes. */
  keysPath: string;
  apiKeys: readonly ApiKey[];
  authentication: Authentication;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Reference of the image this runs in, for labels. */
  image: string;
  host: string;
  port: number;
  grpcPort: number;
  metricsPort: number;
  /** How long to serve on after SIGTERM while routes move away. */
  drainMs: number;
  /** Connections at a time on the port of HTTP, and on that of gRPC. */
  maxConnections: number;
  maxGrpcConnections: number;
  maxBodyBytes: number;
  maxRows: number;
  queue: QueueLimits;
  provider: ExecutionProvider;
  logLevel: string;
  /** First pause before a failed load is tried again; it doubles up to 15 s. */
  retryMs: number;
  /** How often mounted files are looked at. */
  watchMs: number;
}

/** Bounds what waits in memory: as many requests of the most rows as these, or more of fewer rows. */
const queuedRequestsOfMostRows = 16;

const wholeNumber = (fallback: number) =>
  z
    .string()
    .regex(/^[0-9]{1,9}$/, "must be a whole number")
    .transform(Number)
    .default(fallback);

const Environment = z.object({
  ISOTHERM_CONFIG: z.string().min(1).default(servingConfigPath),
  ISOTHERM_API_KEYS: z.string().min(1).default(apiKeysPath),
  ISOTHERM_AUTH: z.enum(["keys", "none"], "must be `keys` or `none`").default("keys"),
  ISOTHERM_IMAGE: z.string().min(1).default("unknown"),
  ISOTHERM_HOST: z.string().min(1).default("0.0.0.0"),
  ISOTHERM_PORT: wholeNumber(ports.http),
  ISOTHERM_GRPC_PORT: wholeNumber(ports.grpc),
  ISOTHERM_METRICS_PORT: wholeNumber(ports.metrics),
  ISOTHERM_DRAIN_SECONDS: wholeNumber(5),
  ISOTHERM_MAX_CONNECTIONS: wholeNumber(10_000),
  ISOTHERM_MAX_GRPC_CONNECTIONS: wholeNumber(1_000),
  ISOTHERM_MAX_BODY_BYTES: wholeNumber(4 * 1024 * 1024),
  ISOTHERM_MAX_ROWS: wholeNumber(4096),
  ISOTHERM_MAX_BATCH_ROWS: wholeNumber(256),
  ISOTHERM_MAX_QUEUED: wholeNumber(1024),
  ISOTHERM_PATIENCE_SECONDS: wholeNumber(15),
  ISOTHERM_EXECUTION_PROVIDER: z
    .enum(executionProviders, `must be one of ${executionProviders.join(", ")}`)
    .default("cpu"),
  ISOTHERM_WATCH_MILLISECONDS: wholeNumber(1000),
  ISOTHERM_LOG_LEVEL: z
    .enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"])
    .default("info"),
  AWS_ACCESS_KEY_ID: z.string("is missing: mount the object store's Secret").min(1),
  AWS_SECRET_ACCESS_KEY: z.string("is missing: mount the object store's Secret").min(1),
});

/**
 * Reads the environment and the mounted files.
 * @throws ConfigError with every mistake found, each with its path and the fix
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = Environment.safeParse(environment);
  const problems = (parsed.error?.issues ?? []).map(
    ({ path, message }) => `environment variable ${path.join(".")}: ${message}`,
  );
  if (parsed.data === undefined) throw new ConfigError(problems);
  const values = parsed.data;
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const config = attempt(() => readServingFile(values.ISOTHERM_CONFIG));
  const apiKeys = attempt(() => readKeys(values.ISOTHERM_API_KEYS));
  if (config !== undefined && apiKeys !== undefined) {
    const { environment: name } = config;
    problems.push(
      ...authenticationProblems(name, values.ISOTHERM_AUTH, apiKeys, values.ISOTHERM_API_KEYS),
    );
  }
  if (problems.length > 0 || config === undefined || apiKeys === undefined) {
    throw new ConfigError(problems);
  }
  return {
    configPath: values.ISOTHERM_CONFIG,
    config,
    keysPath: values.ISOTHERM_API_KEYS,
    apiKeys,
    authentication: values.ISOTHERM_AUTH,
    credentials: {
      accessKeyId: values.AWS_ACCESS_KEY_ID,
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
    },
    image: values.ISOTHERM_IMAGE,
    host: values.ISOTHERM_HOST,
    port: values.ISOTHERM_PORT,
    grpcPort: values.ISOTHERM_GRPC_PORT,
    metricsPort: values.ISOTHERM_METRICS_PORT,
    drainMs: values.ISOTHERM_DRAIN_SECONDS * 1000,
    maxConnections: Math.max(1, values.ISOTHERM_MAX_CONNECTIONS),
    maxGrpcConnections: Math.max(1, values.ISOTHERM_MAX_GRPC_CONNECTIONS),
    maxBodyBytes: values.ISOTHERM_MAX_BODY_BYTES,
    maxRows: values.ISOTHERM_MAX_ROWS,
    queue: {
      maxBatchRows: Math.max(1, values.ISOTHERM_MAX_BATCH_ROWS),
      maxQueued: values.ISOTHERM_MAX_QUEUED,
      maxQueuedRows: queuedRequestsOfMostRows * values.ISOTHERM_MAX_ROWS,
      patienceMs: values.ISOTHERM_PATIENCE_SECONDS * 1000,
    },
    provider: values.ISOTHERM_EXECUTION_PROVIDER,
    logLevel: values.ISOTHERM_LOG_LEVEL,
    retryMs: 500,
    watchMs: Math.max(1, values.ISOTHERM_WATCH_MILLISECONDS),
  };
}

/**
 * Reads the mounted configuration.
 * @throws ConfigError
 */
export function readServingFile(path: string): ServingConfig {
  const text = readMounted(path);
  if (text === undefined) {
    throw new ConfigError([`${path}: no such file; mount the model server's ConfigMap there`]);
  }
  return parseServingConfig(text, path);
}

/**
 * Reads the digests of API keys; no file means no keys.
 * @throws ConfigError
 */
export function readKeys(path: string): ApiKey[] {
  const text = readMounted(path);
  return text === undefined ? [] : parseApiKeys(text, path);
}

/** What is wrong with how callers are let in, if anything (SPEC U-12). */
export function authenticationProblems(
  environment: string,
  authentication: Authentication,
  apiKeys: readonly ApiKey[],
  keysPath: string,
): string[] {
  if (authentication === "none") {
    if (environment === "dev") return [];
    return [
      `environment variable ISOTHERM_AUTH: \`none\` is for the environment dev only, this is ${environment}; remove it`,
    ];
  }
  if (apiKeys.length > 0) return [];
  const optOut = environment === "dev" ? ", or set ISOTHERM_AUTH=none to serve without keys" : "";
  return [
    `${keysPath}: holds no API key; write one SHA-256 digest a line, or one after "team:"${optOut}`,
  ];
}

function readMounted(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new ConfigError([`${path}: cannot be read: ${message}`]);
  }
}
