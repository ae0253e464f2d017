import { hash, timingSafeEqual } from "node:crypto";
import { ConfigError } from "./errors.ts";

/** A key that lets its holder ask. */
export interface ApiKey {
  /** SHA-256, 32 bytes. */
  digest: Buffer;
  /** Whose it is, for the audit; undefined where nobody said. */
  team: string | undefined;
}

const linePattern = /^(?:([a-z0-9](?:[-a-z0-9]{0,38}[a-z0-9])?):)?([0-9a-fA-F]{64})$/;

/**
 * Reads digests of API keys, one a line: SHA-256 in hexadecimal, by itself or as `team:digest`. A team may have several,
 * which is how a key is changed: add the new one, move the callers, remove the old one. Empty lines and lines that start
 * with `#` are skipped.
 * @throws ConfigError that names the lines, never what they hold
 */
export function parseApiKeys(text: string, path: string): ApiKey[] {
  const keys: ApiKey[] = [];
  const problems: string[] = [];
  text.split(/\r?\n/).forEach((untrimmed, index) => {
    const line = untrimmed.trim();
    if (line === "" || line.startsWith("#")) return;
    const place = `${path}: line ${index + 1}`;
    const [, team, digits] = linePattern.exec(line) ?? [];
    if (digits === undefined) {
      problems.push(
        `${place}: not \`team:digest\` or a SHA-256 digest (64 hexadecimal digits); write the key's digest, not the key`,
      );
      return;
    }
    const digest = Buffer.from(digits, "hex");
    const known = keys.find((key) => key.digest.equals(digest));
    if (known === undefined) keys.push({ digest, team });
    else if (known.team !== team) {
      problems.push(`${place}: this digest is there already, for another team; give each its own`);
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return keys;
}

/** Keys that were shown and are known, by the list that knows them: a digest costs more than the rest of a small request's checks. */
const shown = new WeakMap<readonly ApiKey[], Map<string, ApiKey>>();

/**
 * Which of the known keys this one is, if any. How long it takes tells no more than the answer does: a known key that was
 * shown before is found at once, all others take the same time.
 */
export function findKey(key: string, known: readonly ApiKey[]): ApiKey | undefined {
  let before = shown.get(known);
  if (before === undefined) shown.set(known, (before = new Map<string, ApiKey>()));
  const seen = before.get(key);
  if (seen !== undefined) return seen;
  const found = findByDigest(key, known);
  if (found !== undefined) before.set(key, found);
  return found;
}

function findByDigest(key: string, known: readonly ApiKey[]): ApiKey | undefined {
  const digest = hash("sha256", key, "buffer");
  let found: ApiKey | undefined;
  for (const candidate of known) {
    if (timingSafeEqual(digest, candidate.digest)) found = candidate;
  }
  return found;
}
