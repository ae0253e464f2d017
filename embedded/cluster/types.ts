import type { AddressPlan } from "./addresses.ts";

/** An image archive (OCI layout in a tar) and the reference it carries. */
export interface ImageArchive {
  readonly reference: string;
  readonly archive: string;
}

/** Paths of everything the cluster is made of. */
export interface ClusterTools {
  /** One binary that is every Kubernetes component, chosen by its first argument. */
  readonly kube: string;
  readonly etcd: string;
  readonly containerd: string;
  /** @default the shim on PATH or beside containerd */
  readonly containerdShim?: string;
  readonly ctr: string;
  readonly runc: string;
  /** Folder of the CNI plugins bridge, host-local, loopback and portmap. */
  readonly cniBin: string;
  /** @default nft on PATH */
  readonly nft?: string;
  readonly images: {
    readonly pause: ImageArchive;
    readonly busybox: ImageArchive;
    readonly coredns: ImageArchive;
    readonly localPath: ImageArchive;
  };
}

/** A started cluster. */
export interface Cluster {
  /** Number of the instance on this machine, 0 to 9. */
  readonly index: number;
  readonly addresses: AddressPlan;
  readonly nodeName: string;
  readonly kubeconfig: string;
  readonly context: string;
  readonly storageClass: string;
  readonly containerdSocket: string;
  readonly ctr: string;
  /** Folder of the part logs. */
  readonly logs: string;
}

export const partNames = [
  "etcd",
  "containerd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
] as const;
export type PartName = (typeof partNames)[number];

/** What the supervisor writes about one part. */
export interface PartState {
  /** Process id inside the node's namespace; absent while it waits to be started. */
  pid?: number;
  /** Milliseconds since 1970. */
  startedAt?: number;
  healthy: boolean;
  restarts: number;
  lastExit?: string;
}

/** What the supervisor writes into its state file. */
export interface NodeState {
  readonly supervisorPid: number;
  readonly startedAt: number;
  phase: "starting" | "running" | "stopping";
  parts: Partial<Record<PartName, PartState>>;
}

export interface PartStatus {
  readonly name: PartName;
  /** Process id on the machine; absent when it is not running. */
  readonly pid?: number;
  readonly upSince?: Date;
  readonly healthy: boolean;
  readonly restarts: number;
  readonly memoryBytes?: number;
}

export interface ClusterStatus {
  readonly state: "absent" | "stopped" | "crashed" | "starting" | "running";
  readonly index?: number;
  readonly addresses?: AddressPlan;
  readonly nodeReady: boolean;
  /** Kubernetes version of the answering API server. */
  readonly kubernetes?: string;
  readonly containerRuntime?: string;
  readonly parts: readonly PartStatus[];
  readonly dataDir?: string;
}

export const contextName = "isotherm";
export const storageClassName = "standard";
export const fieldManager = "isotherm-embedded";
