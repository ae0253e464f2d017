import { readFileSync } from "node:fs";

/**
 * Calls back when a file's text changes. It looks at the text and not at events: a mounted ConfigMap changes by a swap
 * of symbolic links that no watch of the file itself sees.
 * @returns a function that stops it
 */
export function watchText(path: string, everyMs: number, onChange: () => void): () => void {
  let last = textOf(path);
  const timer = setInterval(() => {
    const text = textOf(path);
    if (text === last) return;
    last = text;
    onChange();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
