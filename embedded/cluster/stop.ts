import { rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { dataDir, homePaths, runtimeDir } from "../paths.ts";
import type { Report } from "../report.ts";
import { addressPlan } from "./addresses.ts";
import { killNode, removeData, removeLeftovers } from "./cleanup.ts";
import { ClusterError } from "./errors.ts";
import { findInstance, runningNode, withLock } from "./instance.ts";
import { nodePaths } from "./node-config.ts";
import { isAlive, processesIn } from "./processes.ts";
import { readNodeProcess, readState, type NodeProcess } from "./state.ts";

const graceMs = 45_000;

export interface StopOptions {
  /** Keep etcd, images and volumes, so that the next start brings everything back. */
  readonly keepData: boolean;
}

/**
 * Stops the cluster of this home and removes its processes, link, routes, cgroups and runtime folder; unless
 * `keepData`, its data and kubeconfig too. Nothing there: says so and does nothing.
 */
export async function stopCluster({ keepData }: StopOptions, report: Report): Promise<void> {
  if (findInstance() === undefined) {
    report("no embedded cluster of this checkout to stop");
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new ClusterError("machine", "stopping the embedded cluster needs root: use sudo");
  }
  await withLock(report, async () => {
    const instance = findInstance();
    if (instance === undefined) return;
    const { index, owner } = instance;
    const run = runtimeDir(index);
    const recorded = readNodeProcess(nodePaths({ run, data: dataDir(index) }).process);
    if (recorded !== undefined && runningNode(index) !== undefined) {
      // What is deleted next needs no orderly end.
      if (keepData) await endOrderly(recorded, run, report);
      await killNode(recorded);
    }
    await removeLeftovers(index, addressPlan(index, owner.bases));
    if (keepData) {
      report(`stopped instance ${index}; its data stays in ${dataDir(index)}`);
      return;
    }
    await removeData(index);
    if (existsSync(homePaths.kubeconfig)) await rm(homePaths.kubeconfig);
    report(`stopped and removed instance ${index}`);
  });
}

async function endOrderly(node: NodeProcess, run: string, report: Report): Promise<void> {
  const supervisor = supervisorPid(node, run);
  if (supervisor === undefined) return;
  report("stopping pods, then the cluster's parts");
  process.kill(supervisor, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (isAlive(node) && Date.now() < deadline) await sleep(100);
}

// The supervisor knows itself by its number inside the namespace.
function supervisorPid(node: NodeProcess, run: string): number | undefined {
  const inside = readState(nodePaths({ run, data: "" }).state)?.supervisorPid;
  return inside === undefined ? undefined : processesIn(node.namespace).get(inside);
}
