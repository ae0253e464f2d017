import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

// Where containerd's runc shims keep a folder for each running container. Inside the node's mount namespace only.
const bundles = "/run/containerd/io.containerd.runtime.v2.task/k8s.io";

/**
 * Asks every container to end and kills those that have not after `graceMs`. Sandboxes are left for the end of the
 * namespace. Resolves to how many had to be killed.
 */
export async function stopPods(graceMs: number, folder: string = bundles): Promise<number> {
  const pids = containerPids(folder);
  signal(pids, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (pids.some(isRunning) && Date.now() < deadline) await sleep(50);
  const stubborn = pids.filter(isRunning);
  signal(stubborn, "SIGKILL");
  return stubborn.length;
}

/** First processes of all containers that are not pod sandboxes. */
export function containerPids(folder: string): number[] {
  return list(folder).flatMap((id) => {
    try {
      const spec = JSON.parse(readFileSync(join(folder, id, "config.json"), "utf8")) as {
        annotations?: Record<string, string>;
      };
      if (spec.annotations?.["io.kubernetes.cri.container-type"] === "sandbox") return [];
      const pid = Number(readFileSync(join(folder, id, "init.pid"), "utf8"));
      return Number.isInteger(pid) && pid > 1 ? [pid] : [];
    } catch {
      return []; // The container ended while we looked.
    }
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone already.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^\s[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 1));
  } catch {
    return false;
  }
}
