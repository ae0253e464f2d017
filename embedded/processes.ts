import { readFileSync } from "node:fs";
import { identify } from "./cluster/processes.ts";

const ticksPerSecond = 100;

/**
 * When a process of this machine started, in milliseconds since 1970 (to a second or so); undefined where there
 * is none. Tells a process from another that inherited its number.
 */
export function processStart(pid: number): number | undefined {
  const identity = identify(pid);
  return identity && bootTime() + (identity.startTicks / ticksPerSecond) * 1_000;
}

function bootTime(): number {
  const line = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"));
  return Number(line?.[1] ?? 0) * 1_000;
}
