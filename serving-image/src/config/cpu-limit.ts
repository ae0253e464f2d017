import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Whole processors that the container may use: its CPU limit rounded up, never more than the machine has. */
export function cpuLimit(read: (path: string) => string = readText): number {
  const machine = availableParallelism();
  const quota = quotaOf(read);
  return quota === undefined ? machine : Math.max(1, Math.min(machine, Math.ceil(quota)));
}

function quotaOf(read: (path: string) => string): number | undefined {
  const [limit, period] = read("/sys/fs/cgroup/cpu.max").split(" ").map(Number);
  const share = (limit ?? NaN) / (period ?? NaN);
  if (Number.isFinite(share)) return share;
  const older =
    Number(read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") || "-1") /
    Number(read("/sys/fs/cgroup/cpu/cpu.cfs_period_us") || "1");
  return older > 0 && Number.isFinite(older) ? older : undefined;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
