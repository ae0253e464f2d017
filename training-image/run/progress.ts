import { clearLine, cursorTo } from "node:readline";

/** One line that says how far a work is, on a terminal; nowhere else. */
export interface Progress {
  show(line: string): void;
  clear(): void;
}

/** A line that is written over by the next one. Nothing is written where `stream` is no terminal. */
export function terminalProgress(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Progress {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  let [shown, last] = [false, 0];
  const wipe = () => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    show(line) {
      // A terminal needs no more than ten a second.
      if (now() - last < 100) return;
      last = now();
      wipe();
      // A terminal that knows no width says 0.
      stream.write(line.slice(0, (stream.columns || 80) - 1));
      shown = true;
    },
    clear() {
      if (shown) wipe();
      shown = false;
    },
  };
}
