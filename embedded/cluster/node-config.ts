import { join } from "node:path";
import { homePaths, dataDir, home, projectRoot, runtimeDir } from "../paths.ts";
import { addressPlan, type AddressBases, type AddressPlan } from "./addresses.ts";
import type { ClusterTools } from "./types.ts";

/** Everything the node needs to know, written for the supervisor as JSON. */
export interface NodeConfig {
  readonly index: number;
  readonly nodeName: string;
  readonly addresses: AddressPlan;
  readonly tools: ClusterTools;
  /** Runtime folder: sockets, state, gone at reboot. */
  readonly run: string;
  /** Data folder: etcd, images, volumes. */
  readonly data: string;
  readonly logs: string;
  readonly home: string;
  /** Checkout whose code runs the node. */
  readonly checkout: string;
  /** PATH of every part. */
  readonly path: string;
  readonly openFiles: number;
}

export function nodeConfig(
  index: number,
  bases: AddressBases,
  tools: ClusterTools,
  path: string,
  openFiles: number,
): NodeConfig {
  return {
    index,
    nodeName: nodeName(index),
    addresses: addressPlan(index, bases),
    tools,
    run: runtimeDir(index),
    data: dataDir(index),
    logs: clusterLogs(),
    home,
    checkout: projectRoot,
    path,
    openFiles,
  };
}

export function nodeName(index: number): string {
  return `isotherm-${index}`;
}

export function clusterLogs(): string {
  return join(homePaths.logs, "cluster");
}

/** Where things lie under the runtime and data folders. */
export function nodePaths(at: Pick<NodeConfig, "run" | "data">) {
  return {
    state: join(at.run, "state.json"),
    config: join(at.run, "node.json"),
    process: join(at.run, "process.json"),
    addons: join(at.run, "addons.json"),
    init: join(at.run, "init.sh"),
    containerdSocket: join(at.run, "containerd.sock"),
    etc: join(at.run, "etc"),
    pki: join(at.data, "pki"),
    owner: join(at.data, "owner.json"),
    volumes: join(at.data, "volumes"),
  };
}

/** Cgroup of the node below each controller; the kubelet puts pods under it. */
export function cgroupName(index: number): string {
  return `isotherm-${index}`;
}
