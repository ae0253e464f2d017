import { existsSync, readFileSync } from "node:fs";
import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { dataDir, homePaths, runtimeDir } from "../paths.ts";
import type { Report } from "../report.ts";
import {
  addonObjects,
  applyObjects,
  digestOf,
  loadKubeconfig,
  pendingDeployments,
} from "./addons/index.ts";
import { basesVariable, findClash, parseBases } from "./addresses.ts";
import { killNode, removeLeftovers } from "./cleanup.ts";
import { ClusterError, machineError, type Problem } from "./errors.ts";
import { importImages } from "./images.ts";
import { claimInstance, findInstance, runningNode, withLock, type Instance } from "./instance.ts";
import { logEnd } from "./logs.ts";
import { launchNode, nodePath, prepareNode } from "./launch.ts";
import { checkMachine, readMachineFacts } from "./machine.ts";
import { readRoutes } from "./network.ts";
import { nodeConfig, nodePaths, type NodeConfig } from "./node-config.ts";
import { probe } from "./probe.ts";
import { readJson, readState, writeState } from "./state.ts";
import {
  contextName,
  storageClassName,
  type Cluster,
  type ClusterTools,
  type PartName,
  type PartState,
} from "./types.ts";

const patienceMs = 240_000;
const crashesTolerated = 5;

/**
 * Starts the embedded cluster of this home, or goes on with a start that was interrupted, and resolves when its node
 * is ready and names and storage work. Running already: resolves at once.
 *
 * Throws ClusterError: `machine` where it cannot run here, `addresses` where no address range is free, `part` where a
 * part keeps dying, `timeout` after 4 minutes.
 */
export async function startCluster(tools: ClusterTools, report: Report): Promise<Cluster> {
  // The lock below is a Linux matter.
  if (process.platform !== "linux") throw machineError(findProblems(tools));
  return withLock(report, async () => {
    const running = await whollyRunning(tools, report);
    return running ?? start(tools, report);
  });
}

async function start(tools: ClusterTools, report: Report): Promise<Cluster> {
  const began = Date.now();
  const problems = findProblems(tools);
  if (problems.length > 0) throw machineError(problems);
  const instance = findInstance() ?? (await claim(report));
  const config = configOf(instance, tools);
  const node = runningNode(instance.index);
  if (node !== undefined && dyingPart(config) !== undefined) {
    report("an earlier start left a part that keeps ending, starting the node afresh");
    await killNode(node);
  }
  if (runningNode(instance.index) === undefined) await boot(config, report);
  else report("the node is up already, waiting for what is still missing");

  await waitFor(config, report, "containerd", () => partIsWell(config, "containerd"));
  await importImages(storeOf(config), Object.values(tools.images), report);
  await waitFor(config, report, "kube-apiserver", () => partIsWell(config, "kube-apiserver"));
  const objects = addonObjects(config);
  const client = loadKubeconfig(homePaths.kubeconfig);
  // A new API server answers before its own bootstrap (namespaces, roles, priority classes) is through.
  await waitFor(config, report, "the API server's first objects", () =>
    applyObjects(client, objects).then(() => true),
  );
  await waitFor(config, report, "the node to be ready", () => nodeIsReady(config));
  await waitFor(config, report, "name service", () => namesAreServed(config));
  await waitFor(
    config,
    report,
    "DNS and storage pods",
    async () => (await pendingDeployments(client, objects)).length === 0,
  );
  writeState(nodePaths(config).addons, { digest: digestOf(objects) });
  report(`node ready after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  return clusterOf(config);
}

function findProblems(tools: ClusterTools): Problem[] {
  return checkMachine(readMachineFacts(tools, "/var/lib"));
}

async function claim(report: Report): Promise<Instance> {
  return claimInstance(parseBases(process.env[basesVariable]), await readRoutes(), report);
}

async function boot(config: NodeConfig, report: Report): Promise<void> {
  const { index, addresses } = config;
  const leftovers = await removeLeftovers(index, addresses);
  if (leftovers.length > 0) report(`cleared what an earlier run left: ${leftovers.join(", ")}`);
  const clash = findClash(addresses, await readRoutes());
  if (clash !== undefined) {
    throw new ClusterError(
      "addresses",
      `the data in ${config.data} was made for addresses that are now taken: ${clash}\n` +
        "  remove that route, or start afresh on other addresses with `npm run down`, then `npm start`",
    );
  }
  report(
    `starting instance ${index} (node ${addresses.nodeAddress}, services ${addresses.serviceSubnet})`,
  );
  await prepareNode(config);
  await launchNode(config);
}

/** The cluster of this home, if everything of it is up and made as `tools` say. */
async function whollyRunning(tools: ClusterTools, report: Report): Promise<Cluster | undefined> {
  const instance = findInstance();
  if (instance === undefined || runningNode(instance.index) === undefined) return undefined;
  const config = configOf(instance, tools);
  const paths = nodePaths(config);
  const applied = readJson(paths.addons) as { digest?: string } | undefined;
  if (applied?.digest !== digestOf(addonObjects(config))) return undefined;
  const parts = Object.values(readState(paths.state)?.parts ?? {});
  if (parts.length === 0 || !parts.every((part) => part.healthy)) return undefined;
  if (!existsSync(homePaths.kubeconfig)) await prepareNode(config);
  if (!(await apiServerAnswers(config))) return undefined;
  const started = readJson(paths.config) as NodeConfig | undefined;
  const other = (["kube", "etcd", "containerd", "runc", "cniBin"] as const).filter(
    (name) => started?.tools[name] !== tools[name],
  );
  if (other.length > 0) {
    report(
      `runs on an earlier ${other.join(", ")}; stop it (keeping data) and start it to change that`,
    );
  }
  return clusterOf(config);
}

/** The cluster of this home while it runs, for those who did not start it. */
export function runningCluster(): Cluster | undefined {
  const instance = findInstance();
  if (instance === undefined || runningNode(instance.index) === undefined) return undefined;
  const { index } = instance;
  const config = readJson(nodePaths({ run: runtimeDir(index), data: dataDir(index) }).config);
  return config === undefined ? undefined : clusterOf(config as NodeConfig);
}

function configOf({ index, owner }: Instance, tools: ClusterTools): NodeConfig {
  const limit = /^Max open files\s+\d+\s+(\d+)/m.exec(
    readFileSync("/proc/self/limits", "utf8"),
  )?.[1];
  return nodeConfig(index, owner.bases, tools, nodePath(tools), Number(limit ?? 65_536));
}

function clusterOf(config: NodeConfig): Cluster {
  return {
    index: config.index,
    addresses: config.addresses,
    nodeName: config.nodeName,
    kubeconfig: homePaths.kubeconfig,
    context: contextName,
    storageClass: storageClassName,
    logs: config.logs,
    ...storeOf(config),
  };
}

function storeOf(config: NodeConfig): Pick<Cluster, "ctr" | "containerdSocket"> {
  return { ctr: config.tools.ctr, containerdSocket: nodePaths(config).containerdSocket };
}

async function partIsWell(config: NodeConfig, name: PartName): Promise<boolean> {
  return readState(nodePaths(config).state)?.parts[name]?.healthy === true;
}

async function apiServerAnswers(config: NodeConfig): Promise<boolean> {
  const authority = readFileSync(join(nodePaths(config).pki, "ca.crt"), "utf8");
  return probe({ kind: "http", url: `${config.addresses.apiServer}/readyz` }, authority);
}

// After a restart the stored condition still says Ready: only one that this kubelet reported counts.
async function nodeIsReady(config: NodeConfig): Promise<boolean> {
  const kubelet = readState(nodePaths(config).state)?.parts.kubelet;
  if (kubelet?.healthy !== true || kubelet.startedAt === undefined) return false;
  const client = loadKubeconfig(homePaths.kubeconfig).makeApiClient(CoreV1Api);
  const node = await client.readNode({ name: config.nodeName });
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const reported = ready?.lastHeartbeatTime?.getTime() ?? 0;
  // The API keeps whole seconds.
  return ready?.status === "True" && reported >= Math.floor(kubelet.startedAt / 1_000) * 1_000;
}

async function namesAreServed(config: NodeConfig): Promise<boolean> {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([config.addresses.dnsAddress]);
  const found = await resolver.resolve4("kubernetes.default.svc.cluster.local");
  return found.includes(config.addresses.apiServiceAddress);
}

async function waitFor(
  config: NodeConfig,
  report: Report,
  what: string,
  done: () => Promise<boolean>,
): Promise<void> {
  const began = Date.now();
  let lastReport = began;
  let lastError = "";
  for (;;) {
    const isDone = await done().catch((error: Error) => {
      lastError = error.message;
      return false;
    });
    if (isDone) return;
    failIfHopeless(config);
    const waited = Math.round((Date.now() - began) / 1_000);
    if (Date.now() - began > patienceMs) {
      throw new ClusterError(
        "timeout",
        `waited ${waited} s for ${what}; the logs are in ${config.logs}${lastError && `; last: ${lastError}`}`,
      );
    }
    if (Date.now() - lastReport >= 5_000) {
      report(`waiting for ${what} (${waited} s)`);
      lastReport = Date.now();
    }
    await sleep(100);
  }
}

function dyingPart(config: NodeConfig): [string, PartState] | undefined {
  const parts = Object.entries(readState(nodePaths(config).state)?.parts ?? {});
  return parts.find(([, part]) => !part.healthy && part.restarts >= crashesTolerated);
}

function failIfHopeless(config: NodeConfig): void {
  if (runningNode(config.index) === undefined) {
    throw new ClusterError("part", `the node ended; ${logEnd(config, "supervisor")}`);
  }
  const dying = dyingPart(config);
  if (dying === undefined) return;
  const [name, part] = dying;
  throw new ClusterError(
    "part",
    `${name} keeps ending (${part.lastExit ?? "unknown"}); ${logEnd(config, name)}`,
  );
}
