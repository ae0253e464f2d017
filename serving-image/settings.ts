import { readFileSync } from "node:fs";
import { z } from "zod";
import { apiKeysPath, ports, servingConfigPath } from "../contracts/names.ts";

/** What a server is told by its environment, read once. */
export interface Settings {
  configPath: string;
  /** SHA-256 digests of the API keys that are accepted; undefined where authentication is off. */
  apiKeyDigests: readonly string[] | undefined;
  accessKeyId: string;
  secretAccessKey: string;
  /** Image the server runs from, for labels. */
  image: string;
  port: number;
  metricsPort: number;
  /** Seconds that requests are still taken after SIGTERM, while clients hear that this server is going. */
  drainSeconds: number;
  /** Limit of a request body in bytes. */
  bodyLimit: number;
  /** Limit of rows in one request. */
  rowLimit: number;
  /** Threads of one session. */
  threads: number;
}

/** Every mistake of the environment at once. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`the server cannot start:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "SettingsError";
  }
}

const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

const Variables = z.object({
  ISOTHERM_SERVING_CONFIG: z.string().default(servingConfigPath),
  ISOTHERM_API_KEYS: z.string().default(apiKeysPath),
  ISOTHERM_AUTH: z.enum(["api-key", "none"]).default("api-key"),
  ISOTHERM_IMAGE: z.string().default("unknown"),
  ISOTHERM_PORT: whole(ports.http, 0, 65_535),
  ISOTHERM_METRICS_PORT: whole(ports.metrics, 0, 65_535),
  ISOTHERM_DRAIN_SECONDS: whole(5, 0, 300),
  ISOTHERM_BODY_LIMIT_BYTES: whole(10 * 1024 ** 2, 1, 1024 ** 3),
  ISOTHERM_ROW_LIMIT: whole(10_000, 1, 1_000_000),
  ISOTHERM_THREADS: whole(1, 1, 64),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
});

/**
 * Parses the environment of a server.
 * @throws SettingsError with every mistake, by variable
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const result = Variables.safeParse(variables);
  if (!result.success) {
    throw new SettingsError(
      result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  }
  const values = result.data;
  return {
    configPath: values.ISOTHERM_SERVING_CONFIG,
    apiKeyDigests: values.ISOTHERM_AUTH === "none" ? undefined : readKeys(values.ISOTHERM_API_KEYS),
    accessKeyId: values.AWS_ACCESS_KEY_ID,
    secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
    image: values.ISOTHERM_IMAGE,
    port: values.ISOTHERM_PORT,
    metricsPort: values.ISOTHERM_METRICS_PORT,
    drainSeconds: values.ISOTHERM_DRAIN_SECONDS,
    bodyLimit: values.ISOTHERM_BODY_LIMIT_BYTES,
    rowLimit: values.ISOTHERM_ROW_LIMIT,
    threads: values.ISOTHERM_THREADS,
  };
}

/** SPEC U-12: a server that nobody may ask is told so at once, not served to everybody. */
function readKeys(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new SettingsError([
      `${path} is missing: mount the digests of the API keys there, one a line`,
    ]);
  }
  const digests = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const wrong = digests.findIndex((digest) => !/^[0-9a-f]{64}$/.test(digest));
  if (wrong >= 0)
    throw new SettingsError([`${path}: key ${wrong + 1} is not a SHA-256 digest in hexadecimal`]);
  if (digests.length === 0) {
    throw new SettingsError([
      `${path} holds no key: write the SHA-256 digest of at least one API key`,
    ]);
  }
  return digests;
}

/** Authentication may be off only where the mounted configuration says that this is dev. */
export function checkAuth(settings: Settings, environment: string): void {
  if (settings.apiKeyDigests !== undefined || environment === "dev") return;
  throw new SettingsError([
    `ISOTHERM_AUTH: "none" is refused in environment ${environment}; it is for dev only`,
  ]);
}
