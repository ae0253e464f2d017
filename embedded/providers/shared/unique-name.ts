import { createHash, randomBytes } from "node:crypto";

/**
 * `prefix` followed by 8 hexadecimal digits. With a seed from the engine the digits depend on seed and prefix alone, so
 * that preview and update of the same plan agree; without one they are random.
 */
export function uniqueName(prefix: string, seed: Uint8Array = new Uint8Array()): string {
  const digits =
    seed.length === 0
      ? randomBytes(4).toString("hex")
      : createHash("sha256").update(seed).update(prefix).digest("hex").slice(0, 8);
  return prefix + digits;
}
