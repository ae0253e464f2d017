import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { processStart } from "../processes.ts";

/** What the CLI writes into a lock of its file backend. */
const Lock = z.object({
  pid: z.int(),
  username: z.string().default(""),
  hostname: z.string(),
  timestamp: z.string(),
});
type Lock = z.infer<typeof Lock>;

/** A stack that another process is working on. */
export class StackBusyError extends Error {
  constructor(stack: string, lock: Lock) {
    super(
      `stack ${stack} is being changed by process ${lock.pid} on ${lock.hostname} since ${lock.timestamp}; ` +
        `wait for it, or end it and try again`,
    );
    this.name = "StackBusyError";
  }
}

/**
 * Removes locks of a stack that were left by processes of this machine that are dead.
 * @param stateFolder the file backend's folder
 * @returns how many were removed
 * @throws StackBusyError where a process that lives (or one of another machine) holds a lock
 */
export function clearDeadLocks(stateFolder: string, project: string, stack: string): number {
  const folder = join(stateFolder, ".pulumi", "locks", "organization", project, stack);
  let removed = 0;
  for (const file of listFiles(folder)) {
    const path = join(folder, file);
    const lock = readLock(path);
    if (lock !== undefined && (lock.hostname !== hostname() || isAlive(lock))) {
      throw new StackBusyError(stack, lock);
    }
    rmSync(path, { force: true });
    removed++;
  }
  return removed;
}

/**
 * Does so for every stack of a project.
 * @returns how many were removed
 * @throws StackBusyError where one of them is held
 */
export function clearAllDeadLocks(stateFolder: string, project: string): number {
  const folder = join(stateFolder, ".pulumi", "locks", "organization", project);
  if (!existsSync(folder)) return 0;
  return readdirSync(folder)
    .map((stack) => clearDeadLocks(stateFolder, project, stack))
    .reduce((sum, removed) => sum + removed, 0);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

function readLock(path: string): Lock | undefined {
  try {
    return Lock.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // A lock that was cut off while it was written belongs to nobody who lives.
    return undefined;
  }
}

/** A process that started after the lock was written only inherited the number. */
function isAlive(lock: Lock): boolean {
  if (process.platform !== "linux") return isSignalable(lock.pid);
  const started = processStart(lock.pid);
  return started !== undefined && started <= Date.parse(lock.timestamp) + 2_000;
}

function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
