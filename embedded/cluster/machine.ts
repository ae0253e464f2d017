import { accessSync, constants, existsSync, readFileSync, readdirSync, statfsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Problem } from "./errors.ts";
import type { ClusterTools } from "./types.ts";

const gibibyte = 1024 ** 3;
const diskNeeded = 6 * gibibyte;
const memoryNeeded = 2 * gibibyte;

// Numbers from linux/capability.h. CAP_SYS_RESOURCE is not among them: everything here does without.
const capabilitiesNeeded: Readonly<Record<string, number>> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_ADMIN: 12,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_ADMIN: 21,
  CAP_MKNOD: 27,
};
const controllersNeeded = ["cpu", "cpuset", "memory", "pids"];
const commandsNeeded = ["ip", "unshare", "mount", "umount", "sh"];

const otherCluster =
  "name a kube context (minikube, kind, any cluster) in the stack's isotherm:target";

/** What the check looks at. */
export interface MachineFacts {
  readonly platform: string;
  /** Node's name of the processor architecture. */
  readonly arch: string;
  readonly uid: number;
  /** Effective capability bits. */
  readonly capabilities: bigint;
  /** Lower-case names from /proc/filesystems. */
  readonly filesystems: readonly string[];
  readonly cgroupControllers: readonly string[];
  /** Commands and tool paths that were looked for and are not there. */
  readonly missingTools: readonly string[];
  readonly diskFreeBytes: number;
  readonly memoryAvailableBytes: number;
}

/** Everything that keeps the embedded cluster from running on a machine; empty where it can. */
export function checkMachine(facts: MachineFacts): Problem[] {
  if (facts.platform !== "linux") {
    return [
      {
        code: "not-linux",
        message: `it needs Linux, this is ${facts.platform}`,
        fix: otherCluster,
      },
    ];
  }
  const problems: Problem[] = [];
  if (facts.arch !== "x64") {
    problems.push({
      code: "not-x64",
      message: `it needs Linux on x86-64, this is ${facts.platform} on ${facts.arch}`,
      fix: otherCluster,
    });
  }
  if (facts.uid !== 0) {
    problems.push({
      code: "not-root",
      message: `it needs root, this is user id ${facts.uid}`,
      fix: "run it as root (sudo), or name a kube context in the stack's isotherm:target",
    });
  } else {
    const missing = Object.entries(capabilitiesNeeded)
      .filter(([, bit]) => (facts.capabilities & (1n << BigInt(bit))) === 0n)
      .map(([name]) => name);
    if (missing.length > 0) {
      problems.push({
        code: "missing-capability",
        message: `root lacks ${missing.join(", ")}`,
        fix: "give the container these capabilities (docker run --privileged), or run on the machine itself",
      });
    }
  }
  if (!facts.filesystems.includes("overlay")) {
    problems.push({
      code: "missing-filesystem",
      message: "the kernel offers no overlay file system",
      fix: "run `modprobe overlay`",
    });
  }
  const controllers = controllersNeeded.filter((name) => !facts.cgroupControllers.includes(name));
  if (controllers.length > 0) {
    problems.push({
      code: "missing-cgroup",
      message: `no cgroup controller ${controllers.join(", ")}`,
      fix: "mount cgroups under /sys/fs/cgroup with these controllers",
    });
  }
  if (facts.missingTools.length > 0) {
    problems.push({
      code: "missing-tool",
      message: `not found or not executable: ${facts.missingTools.join(", ")}`,
      fix: "run the set-up of tools again; Debian has ip in iproute2, nft in nftables, mount and unshare in util-linux",
    });
  }
  if (facts.diskFreeBytes < diskNeeded) {
    problems.push({
      code: "disk-space",
      message: `/var/lib has ${inGibibytes(facts.diskFreeBytes)} free, ${inGibibytes(diskNeeded)} are needed`,
      fix: "free some space there",
    });
  }
  if (facts.memoryAvailableBytes < memoryNeeded) {
    problems.push({
      code: "memory",
      message: `${inGibibytes(facts.memoryAvailableBytes)} of memory are available, ${inGibibytes(memoryNeeded)} are needed`,
      fix: "stop something, or use a larger machine",
    });
  }
  return problems;
}

/**
 * Looks at this machine, and for the tools that the cluster is made of.
 * @param tools undefined before they are made: none is looked for then
 */
export function readMachineFacts(tools: ClusterTools | undefined, dataRoot: string): MachineFacts {
  if (process.platform !== "linux") {
    return {
      platform: process.platform,
      arch: process.arch,
      uid: process.getuid?.() ?? -1,
      capabilities: 0n,
      filesystems: [],
      cgroupControllers: [],
      missingTools: [],
      diskFreeBytes: 0,
      memoryAvailableBytes: 0,
    };
  }
  const status = readFileSync("/proc/self/status", "utf8");
  const meminfo = readFileSync("/proc/meminfo", "utf8");
  const disk = statfsSync(nearestFolder(dataRoot));
  return {
    platform: process.platform,
    arch: process.arch,
    uid: process.getuid?.() ?? -1,
    capabilities: BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`),
    filesystems: readFileSync("/proc/filesystems", "utf8").split(/\s+/),
    cgroupControllers: cgroupControllers(),
    missingTools: tools === undefined ? [] : missingTools(tools),
    diskFreeBytes: disk.bavail * disk.bsize,
    memoryAvailableBytes: Number(/^MemAvailable:\s*(\d+) kB$/m.exec(meminfo)?.[1] ?? "0") * 1024,
  };
}

function missingTools(tools: ClusterTools): string[] {
  const paths = [
    tools.kube,
    tools.etcd,
    tools.containerd,
    tools.ctr,
    tools.runc,
    ...(tools.containerdShim === undefined ? [] : [tools.containerdShim]),
    ...(tools.nft === undefined ? [] : [tools.nft]),
    ...["bridge", "host-local", "loopback", "portmap"].map((name) => join(tools.cniBin, name)),
  ].filter((path) => !isExecutable(path));
  const archives = Object.values(tools.images)
    .map((image) => image.archive)
    .filter((path) => !existsSync(path));
  const commands = [
    ...commandsNeeded,
    ...(tools.nft === undefined ? ["nft"] : []),
    ...(tools.containerdShim === undefined ? ["containerd-shim-runc-v2"] : []),
  ].filter((name) => findCommand(name, [dirname(tools.containerd)]) === undefined);
  return [...paths, ...archives, ...commands];
}

/** Where a command is, by PATH, the usual system folders and `more`. */
export function findCommand(name: string, more: readonly string[] = []): string | undefined {
  const folders = [...more, ...(process.env["PATH"] ?? "").split(delimiter), ...systemFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export const systemFolders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cgroupControllers(): string[] {
  try {
    return readFileSync("/sys/fs/cgroup/cgroup.controllers", "utf8").trim().split(" ");
  } catch {
    return existsSync("/sys/fs/cgroup")
      ? readdirSync("/sys/fs/cgroup").flatMap((n) => n.split(","))
      : [];
  }
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}

function inGibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
