import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { cpuLimit } from "./cpu-limit.ts";

const files = (content: Record<string, string>) => (path: string) => content[path] ?? "";
const all = availableParallelism();

describe("cpuLimit", () => {
  it("rounds a limit of cgroup v2 up, and never goes under one or over the machine", () => {
    const quota = (text: string) => cpuLimit(files({ "/sys/fs/cgroup/cpu.max": text }));
    expect(quota("10000 100000")).toBe(1);
    expect(quota("150000 100000")).toBe(Math.min(2, all));
    expect(quota("99900000 100000")).toBe(all);
  });

  it("reads a limit of cgroup v1", () => {
    const folder = "/sys/fs/cgroup/cpu";
    const content = {
      [`${folder}/cpu.cfs_quota_us`]: "50000",
      [`${folder}/cpu.cfs_period_us`]: "100000",
    };
    expect(cpuLimit(files(content))).toBe(1);
  });

  it("is the machine where there is no limit", () => {
    expect(cpuLimit(files({ "/sys/fs/cgroup/cpu.max": "max 100000" }))).toBe(all);
    expect(cpuLimit(files({ "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1" }))).toBe(all);
    expect(cpuLimit(files({}))).toBe(all);
  });
});
