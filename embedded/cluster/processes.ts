import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process. */
  readonly startTicks: number;
  /** Id of the boot in which it runs: ticks start again after a reboot. */
  readonly bootId: string;
}

/** Identity of a living process; undefined where there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    if (stat === undefined || stat.state === "Z" || stat.state === "X") return undefined;
    return { pid, startTicks: stat.startTicks, bootId: bootId() };
  } catch {
    return undefined;
  }
}

/** Whether the very process that was recorded still runs. */
export function isAlive(
  recorded: ProcessIdentity,
  look: (pid: number) => ProcessIdentity | undefined = identify,
): boolean {
  const current = look(recorded.pid);
  return (
    current !== undefined &&
    current.startTicks === recorded.startTicks &&
    current.bootId === recorded.bootId
  );
}

/** Fields of /proc/<pid>/stat. A command name may hold spaces and brackets, so the last bracket counts. */
export function parseStat(
  text: string,
): { state: string; parent: number; startTicks: number } | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  const startTicks = Number(fields[19]);
  if (state === undefined || !Number.isFinite(startTicks)) return undefined;
  return { state, parent: Number(parent), startTicks };
}

/** Process ids of the children of a process. */
export function childrenOf(parent: number): number[] {
  return allPids().filter((pid) => {
    try {
      const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
      return stat !== undefined && stat.parent === parent && stat.state !== "Z";
    } catch {
      return false;
    }
  });
}

/** Name of the process-id namespace of a process, like `pid:[4026532281]`. */
export function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** Processes of one process-id namespace (pods have their own below it): id inside it -> id on this machine. */
export function processesIn(namespace: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const pid of allPids()) {
    if (pidNamespace(pid) !== namespace) continue;
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const ids = /^NSpid:\s+(.+)$/m.exec(status)?.[1]?.split(/\s+/).map(Number);
      const inner = ids?.at(-1);
      if (inner !== undefined) found.set(inner, pid);
    } catch {
      // It ended between the two looks.
    }
  }
  return found;
}

/** Anonymous memory of a process in bytes. */
export function anonymousMemory(pid: number): number | undefined {
  try {
    const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${pid}/status`, "utf8"),
    )?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

function allPids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
