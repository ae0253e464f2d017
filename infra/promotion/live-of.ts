import { namespaceOf } from "../../components/foundation/namespace-of.ts";
import type { Live } from "../live.ts";
import { findCluster } from "../targets/kube-context.ts";
import { readLive } from "../targets/live.ts";
import type { Stack } from "./stacks.ts";

/**
 * What the cluster holds of an environment; its registry is not asked.
 * @throws Error where the cluster does not answer
 */
export async function liveOf({
  environment,
  context,
}: Pick<Stack, "environment" | "context">): Promise<Live> {
  return readLive(findCluster(context).kubeConfig, namespaceOf(environment));
}
