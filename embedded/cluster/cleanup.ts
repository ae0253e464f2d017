import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dataDir, runtimeDir } from "../paths.ts";
import type { AddressPlan } from "./addresses.ts";
import { removeCgroups } from "./cgroups.ts";
import { removeLink } from "./network.ts";
import { isAlive, processesIn } from "./processes.ts";
import type { NodeProcess } from "./state.ts";

/**
 * Removes what an instance that no longer runs has left on the machine, its data aside: link and routes, cgroups,
 * runtime folder. Processes and mounts need no care: they end with the first process of their namespace. Resolves
 * to what there was.
 */
export async function removeLeftovers(index: number, plan: AddressPlan): Promise<string[]> {
  const found: string[] = [];
  const run = runtimeDir(index);
  if (await removeLink(plan)) found.push(`link ${plan.hostInterface} and its routes`);
  if ((await removeCgroups(index)) > 0) found.push("cgroups");
  if (existsSync(run)) {
    await rm(run, { recursive: true, force: true });
    found.push(run);
  }
  removeIfEmpty(dirname(run));
  return found;
}

/** Removes etcd, images and volumes of an instance that no longer runs. */
export async function removeData(index: number): Promise<void> {
  const folder = dataDir(index);
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  removeIfEmpty(dirname(folder));
}

/** Kills the first process of a node, which ends every process of it, and waits until they are gone. */
export async function killNode(node: NodeProcess): Promise<void> {
  if (isAlive(node)) process.kill(node.pid, "SIGKILL");
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (!isAlive(node) && processesIn(node.namespace).size === 0) return;
    await sleep(50);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  } catch {
    // Not there, or filled in the meantime.
  }
}
