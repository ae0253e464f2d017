import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ServingConfig } from "../contracts/serving-config.ts";

export interface WatcherOptions {
  path: string;
  onConfig: (config: ServingConfig) => void;
  /** Told once for each new content that cannot be used; what was read before stays in force. */
  onError: (message: string) => void;
  /** @default 1000 */
  intervalMs?: number;
}

/**
 * Follows a mounted file by looking at its content: a ConfigMap is swapped by symlinks, which file watching misses.
 * @returns a function that ends it
 */
export function watchConfig({
  path,
  onConfig,
  onError,
  intervalMs = 1_000,
}: WatcherOptions): () => void {
  let seen: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  const look = async () => {
    const text = await readFile(path, "utf8").catch(
      (error: Error) => `unreadable: ${error.message}`,
    );
    if (isEnded) return;
    if (text !== seen) {
      seen = text;
      try {
        onConfig(parseServingConfig(text, path));
      } catch (error) {
        onError((error as Error).message);
      }
    }
    timer = setTimeout(() => void look(), intervalMs);
  };
  void look();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}

/** @throws Error that names the file and every mistake in it */
export function parseServingConfig(text: string, path: string): ServingConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON: ${text.slice(0, 80)}`);
  }
  const result = ServingConfig.safeParse(value);
  if (!result.success) throw new Error(`${path}: ${z.prettifyError(result.error)}`);
  return result.data;
}
