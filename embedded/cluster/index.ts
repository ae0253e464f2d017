/** The embedded one-machine Kubernetes: real parts, in namespaces of their own. Needs Linux and root. */
export { checkMachine, type MachineFacts } from "./machine.ts";
export { ClusterError, type Problem } from "./errors.ts";
export { archiveImages, importImages, listImages } from "./images.ts";
export { runningCluster, startCluster } from "./start.ts";
export { clusterStatus } from "./status.ts";
export { stopCluster, type StopOptions } from "./stop.ts";
export type {
  Cluster,
  ClusterStatus,
  ClusterTools,
  ImageArchive,
  PartName,
  PartStatus,
} from "./types.ts";
