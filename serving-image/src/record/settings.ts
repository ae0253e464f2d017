import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { buckets, ledgerKeyPath, ports } from "../../../contracts/names.ts";
import { ConfigError } from "../config/errors.ts";

/** Everything a recorder is told, parsed once. */
export interface RecorderSettings {
  environment: string;
  /** Whose objects are watched. */
  namespace: string;
  objects: {
    endpoint: string;
    region: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  bucket: string;
  /** Private, ed25519. */
  key: KeyObject;
  host: string;
  /** Of health, head and metrics. */
  port: number;
  /** How often everything is looked at, whatever the watches told, in milliseconds. */
  lookMs: number;
  logLevel: string;
}

const missing = "is missing: the Recorder component sets it";
const Environment = z.object({
  ISOTHERM_ENVIRONMENT: z.string(missing).min(1),
  ISOTHERM_NAMESPACE: z.string(missing).min(1),
  ISOTHERM_BUCKET: z.string().min(1).default(buckets.releases),
  ISOTHERM_LEDGER_KEY: z.string().min(1).default(ledgerKeyPath),
  ISOTHERM_HOST: z.string().min(1).default("0.0.0.0"),
  ISOTHERM_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).default(ports.metrics),
  ISOTHERM_LOOK_SECONDS: z.coerce.number().positive().default(300),
  ISOTHERM_LOG_LEVEL: z
    .enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"])
    .default("info"),
  AWS_ENDPOINT_URL: z.url(missing),
  AWS_DEFAULT_REGION: z.string(missing).min(1),
  AWS_ACCESS_KEY_ID: z.string("is missing: mount the object store's Secret").min(1),
  AWS_SECRET_ACCESS_KEY: z.string("is missing: mount the object store's Secret").min(1),
});

/**
 * Reads the environment and the mounted key.
 * @throws ConfigError with every mistake found
 */
export function readRecorderSettings(
  environment: Readonly<Record<string, string | undefined>>,
): RecorderSettings {
  const { data, error } = Environment.safeParse(environment);
  if (data === undefined) {
    throw new ConfigError(
      error.issues.map(({ path, message }) => `environment variable ${path.join(".")}: ${message}`),
    );
  }
  return {
    environment: data.ISOTHERM_ENVIRONMENT,
    namespace: data.ISOTHERM_NAMESPACE,
    objects: {
      endpoint: data.AWS_ENDPOINT_URL,
      region: data.AWS_DEFAULT_REGION,
      accessKeyId: data.AWS_ACCESS_KEY_ID,
      secretAccessKey: data.AWS_SECRET_ACCESS_KEY,
    },
    bucket: data.ISOTHERM_BUCKET,
    key: readKey(data.ISOTHERM_LEDGER_KEY),
    host: data.ISOTHERM_HOST,
    port: data.ISOTHERM_METRICS_PORT,
    lookMs: data.ISOTHERM_LOOK_SECONDS * 1_000,
    logLevel: data.ISOTHERM_LOG_LEVEL,
  };
}

/** The message names the file and never what is in it. */
function readKey(path: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(path));
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below: what the parser says of a key is no help.
  }
  throw new ConfigError([
    `${path}: no ed25519 private key in PEM; mount the ledger's Secret there`,
  ]);
}
