import { readFileSync } from "node:fs";

const ticksPerSecond = 100;

/**
 * When a process of this machine started, in milliseconds since 1970 (to a second or so); undefined where there
 * is none. Tells a process from another that inherited its number.
 */
export function processStart(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const state = fields[0];
    const startTicks = Number(fields[19]);
    if (state === "Z" || !Number.isFinite(startTicks)) return undefined;
    return bootTime() + (startTicks / ticksPerSecond) * 1_000;
  } catch {
    return undefined;
  }
}

function bootTime(): number {
  const line = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"));
  return Number(line?.[1] ?? 0) * 1_000;
}
