import { namespaceOf } from "../../components/foundation/environment-namespace.ts";
import type { Live } from "../live.ts";
import { readLive } from "../targets/live.ts";
import { clusterOf } from "./open-place.ts";
import type { Stack } from "./stacks.ts";

/**
 * What the cluster holds of an environment; its registry is not asked.
 * @throws Error where the cluster does not answer
 */
export function liveOf(stack: Pick<Stack, "environment" | "context">): Promise<Live> {
  return readLive(clusterOf(stack), namespaceOf(stack.environment));
}
