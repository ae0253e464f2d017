import { CoreV1Api, VersionApi } from "@kubernetes/client-node";
import { existsSync } from "node:fs";
import { dataDir, homePaths, runtimeDir } from "../paths.ts";
import { loadKubeconfig } from "./addons/index.ts";
import { addressPlan } from "./addresses.ts";
import { findInstance, runningNode } from "./instance.ts";
import { nodeName, nodePaths } from "./node-config.ts";
import { anonymousMemory, processesIn } from "./processes.ts";
import { readState, type NodeProcess } from "./state.ts";
import { partNames, type ClusterStatus, type PartStatus } from "./types.ts";

const patienceMs = 5_000;

/** What of this home's cluster is up. Never throws for a cluster that does not answer. */
export async function clusterStatus(): Promise<ClusterStatus> {
  const instance = findInstance();
  if (instance === undefined) return { state: "absent", nodeReady: false, parts: [] };
  const { index, owner } = instance;
  const paths = nodePaths({ run: runtimeDir(index), data: dataDir(index) });
  const known = { index, addresses: addressPlan(index, owner.bases), dataDir: dataDir(index) };
  const node = runningNode(index);
  if (node === undefined) {
    const state = existsSync(paths.process) ? "crashed" : "stopped";
    return { ...known, state, nodeReady: false, parts: [] };
  }
  const parts = partStatuses(node, paths.state);
  const answers = await withinPatience(askCluster(nodeName(index)));
  const isUp = parts.every((part) => part.healthy) && answers?.nodeReady === true;
  return {
    ...known,
    state: isUp ? "running" : "starting",
    nodeReady: false,
    ...answers,
    parts,
  };
}

function partStatuses(node: NodeProcess, stateFile: string): PartStatus[] {
  const state = readState(stateFile);
  const pids = processesIn(node.namespace);
  return partNames.map((name) => {
    const part = state?.parts[name];
    const pid = part?.pid === undefined ? undefined : pids.get(part.pid);
    if (part === undefined || pid === undefined) {
      return { name, healthy: false, restarts: part?.restarts ?? 0 };
    }
    const memoryBytes = anonymousMemory(pid);
    return {
      name,
      pid,
      healthy: part.healthy,
      restarts: part.restarts,
      ...(part.startedAt === undefined ? {} : { upSince: new Date(part.startedAt) }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    };
  });
}

async function askCluster(
  name: string,
): Promise<Pick<ClusterStatus, "nodeReady" | "kubernetes" | "containerRuntime">> {
  const config = loadKubeconfig(homePaths.kubeconfig);
  const [version, node] = await Promise.all([
    config.makeApiClient(VersionApi).getCode(),
    config.makeApiClient(CoreV1Api).readNode({ name }),
  ]);
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const containerRuntime = node.status?.nodeInfo?.containerRuntimeVersion;
  return {
    nodeReady: ready?.status === "True",
    kubernetes: version.gitVersion,
    ...(containerRuntime === undefined ? {} : { containerRuntime }),
  };
}

async function withinPatience<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  return Promise.race([answer.catch(() => undefined), tooLate]).finally(() => clearTimeout(timer));
}
