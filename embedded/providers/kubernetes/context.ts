import type { Api } from "./api.ts";
import type { Cluster } from "./cluster.ts";
import type { Mutability } from "./replace-table.ts";

/** What every operation on one resource has at hand. */
export interface Context {
  readonly urn: string;
  readonly cluster: Cluster;
  readonly mutable: Mutability;
  readonly deleteUnreachable: boolean;
  readonly cancelled: AbortSignal;
  info(message: string): void;
  warn(message: string): void;
  progress(message: string): void;
  progressWarning(message: string): void;
}

/** Added where the cluster may be gone for good. */
export const forgetHint =
  "If the cluster is gone for good, repeat with PULUMI_K8S_DELETE_UNREACHABLE=true to drop its resources from the state";

/**
 * The cluster.
 * @throws if it is unreachable, with the reason and `hint`
 */
export function reach({ cluster }: Context, hint = ""): Api {
  if (cluster.reachable) return cluster.api;
  const text = `the configured Kubernetes cluster is unreachable: ${cluster.reason}`;
  throw new Error(hint === "" ? text : `${text}. ${hint}`);
}
