import { createHash, timingSafeEqual } from "node:crypto";
import { ConfigError } from "./errors.ts";

/**
 * Reads digests of API keys, one SHA-256 in hexadecimal a line; empty lines and lines that start with `#` are skipped.
 * @throws ConfigError that names the lines, never what they hold
 */
export function parseApiKeys(text: string, path: string): Buffer[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const meant = lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
  const wrong = meant.filter(({ line }) => !/^[0-9a-fA-F]{64}$/.test(line));
  if (wrong.length > 0) {
    throw new ConfigError(
      wrong.map(
        ({ number }) =>
          `${path}: line ${number}: not a SHA-256 digest (64 hexadecimal digits); write the key's digest, not the key`,
      ),
    );
  }
  return meant.map(({ line }) => Buffer.from(line, "hex"));
}

/** Whether a key is one of those whose digests are given. Takes the same time whichever it is. */
export function isKnownKey(key: string, digests: readonly Buffer[]): boolean {
  const digest = createHash("sha256").update(key).digest();
  let known = false;
  for (const candidate of digests) known = timingSafeEqual(digest, candidate) || known;
  return known;
}
