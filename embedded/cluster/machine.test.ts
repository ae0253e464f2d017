import { describe, expect, it } from "vitest";
import { machineError } from "./errors.ts";
import { checkMachine, readMachineFacts, type MachineFacts } from "./machine.ts";

const gibibyte = 1024 ** 3;
const good: MachineFacts = {
  platform: "linux",
  arch: "x64",
  uid: 0,
  // Everything but CAP_SYS_RESOURCE (bit 24).
  capabilities: 0x1fffeffffffn,
  filesystems: ["nodev", "tmpfs", "ext4", "overlay"],
  cgroupControllers: ["cpu", "cpuacct", "cpuset", "memory", "pids"],
  missingTools: [],
  diskFreeBytes: 60 * gibibyte,
  memoryAvailableBytes: 20 * gibibyte,
};
const codes = (changes: Partial<MachineFacts>) =>
  checkMachine({ ...good, ...changes }).map((problem) => problem.code);

describe("machine check", () => {
  it("accepts root without CAP_SYS_RESOURCE on a plain machine", () => {
    expect(checkMachine(good)).toEqual([]);
  });

  it.each([
    ["not-x64", { arch: "arm64" }],
    ["not-root", { uid: 1000, capabilities: 0n }],
    ["missing-capability", { capabilities: 0x1ffffdfffffn & ~(1n << 21n) }],
    ["missing-filesystem", { filesystems: ["ext4"] }],
    ["missing-cgroup", { cgroupControllers: ["cpu", "cpuset", "memory"] }],
    ["missing-tool", { missingTools: ["/cache/etcd"] }],
    ["disk-space", { diskFreeBytes: 2 * gibibyte }],
    ["memory", { memoryAvailableBytes: gibibyte }],
  ] as const)("finds %s alone", (code, changes) => {
    expect(codes(changes)).toEqual([code]);
  });

  it("says only that it needs Linux on another system", () => {
    expect(codes({ platform: "darwin", uid: 501, filesystems: [] })).toEqual(["not-linux"]);
  });

  it("says which processor it needs, beside whatever else is wrong", () => {
    const problems = checkMachine({ ...good, arch: "arm64", memoryAvailableBytes: 0 });
    expect(problems.map(({ message }) => message)).toEqual([
      "it needs Linux on x86-64, this is linux on arm64",
      expect.stringContaining("of memory are available"),
    ]);
  });

  it("looks for no tool before the tools are made", () => {
    expect(readMachineFacts(undefined, "/var/lib").missingTools).toEqual([]);
  });

  it("names the capability that root lacks", () => {
    const [problem] = checkMachine({ ...good, capabilities: good.capabilities & ~(1n << 12n) });
    expect(problem?.message).toBe("root lacks CAP_NET_ADMIN");
  });

  it("puts every problem and its fix into one error", () => {
    const problems = checkMachine({ ...good, diskFreeBytes: 0, missingTools: ["nft"] });
    const error = machineError(problems);
    expect(error.code).toBe("machine");
    expect(error.problems).toHaveLength(2);
    for (const problem of problems) {
      expect(error.message).toContain(`${problem.message}: ${problem.fix}`);
    }
  });
});
