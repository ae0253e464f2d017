import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CoreV1Api, KubeConfig, CoreV1Api as Core } from "@kubernetes/client-node";
import { homePaths } from "../paths.ts";

export interface PodUsage {
  namespace: string;
  pod: string;
  /** CPU requests of all its containers, in cores. */
  cpuRequest: number;
  /** Anonymous memory of all its containers, in bytes: what cannot be dropped like page cache can. */
  anonymousBytes: number;
}

/**
 * Requests and memory of every running pod of the embedded cluster.
 * @param cgroupRoot the cgroup under which the kubelet keeps its pods, such as `/isotherm-0`
 */
export async function podUsage(cgroupRoot: string): Promise<PodUsage[]> {
  const memory = anonymousByPod(podCgroups(cgroupRoot));
  const pods = await coreApi().listPodForAllNamespaces();
  return pods.items
    .filter((pod) => pod.status?.phase === "Running")
    .map((pod) => ({
      namespace: pod.metadata?.namespace ?? "",
      pod: pod.metadata?.name ?? "",
      cpuRequest: (pod.spec?.containers ?? []).reduce(
        (sum, container) => sum + cores(container.resources?.requests?.["cpu"] ?? "0"),
        0,
      ),
      anonymousBytes: memory.get(pod.metadata?.uid ?? "") ?? 0,
    }));
}

/** A CPU quantity as the API server writes it back (`20m`, `2`), in cores. */
export function cores(quantity: string): number {
  const value = quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1_000 : Number(quantity);
  if (!Number.isFinite(value))
    throw new Error(`"${quantity}" is not a CPU quantity in cores or millicores`);
  return value;
}

function coreApi(): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(homePaths.kubeconfig);
  return config.makeApiClient(Core);
}

/** Cgroup v1 keeps memory in a tree of its own, v2 in the only one. */
function podCgroups(cgroupRoot: string): string {
  const v1 = join("/sys/fs/cgroup/memory", cgroupRoot, "kubepods");
  return existsSync(v1) ? v1 : join("/sys/fs/cgroup", cgroupRoot, "kubepods");
}

/** Sums anonymous memory by pod uid over a `kubepods` tree (folders `pod<uid>`, below QoS classes or not). */
export function anonymousByPod(kubepods: string): Map<string, number> {
  const result = new Map<string, number>();
  for (const entry of readdirSync(kubepods, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(kubepods, entry.name);
    if (entry.name.startsWith("pod")) result.set(entry.name.slice("pod".length), anonymous(path));
    else for (const [uid, bytes] of anonymousByPod(path)) result.set(uid, bytes);
  }
  return result;
}

/** `total_rss` (v1) and `anon` (v2) both count the whole tree below. */
function anonymous(cgroup: string): number {
  const stat = readFileSync(join(cgroup, "memory.stat"), "utf8");
  const match = /^(?:total_rss|anon) (\d+)$/m.exec(stat);
  if (match === null) throw new Error(`${cgroup}/memory.stat tells no anonymous memory`);
  return Number(match[1]);
}
