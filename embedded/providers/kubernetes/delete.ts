import type { Properties } from "../shared/values.ts";
import { textAt } from "../shared/values.ts";
import { UnknownKind } from "./api.ts";
import { waitUntilGone } from "./await/wait.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { isNotFound } from "./client.ts";
import type { Context } from "./context.ts";
import { forgetHint, reach } from "./context.ts";
import { kindOf, parseId } from "./kind.ts";
import {
  annotationIsTrue,
  annotations,
  nameOf,
  namespaceOf,
  propagationOf,
  timeoutOf,
} from "./metadata.ts";

// Kinds for which skipAwait also skips waiting for their deletion.
const skippable: ReadonlySet<string> = new Set([
  "Namespace",
  "Pod",
  "ReplicationController",
  "DaemonSet",
  "Deployment",
  "StatefulSet",
  "Job",
]);

/** Deletes a resource and waits until it is gone; one that is not there any more is deleted already. */
export async function deleteResource(
  context: Context,
  request: { id: string; state: Properties; timeoutSeconds: number },
): Promise<void> {
  if (!context.cluster.reachable && context.deleteUnreachable) {
    context.info("the cluster is unreachable and deleteUnreachable is set: dropped from the state");
    return;
  }
  const api = reach(context, forgetHint);
  const { inputs, live } = readCheckpoint(request.state);
  const { namespace, name } = parseId(request.id);
  const kind = kindOf(live);
  const isWorkload = ["Deployment", "StatefulSet"].includes(kind.kind);
  const seconds = timeoutOf(request.timeoutSeconds, inputs, isWorkload ? 600 : 300);
  try {
    const path = await api.path(kind, namespace || namespaceOf(live), name);
    const uid = textAt(live, "metadata", "uid");
    await api.client.request("DELETE", path, {
      body: { propagationPolicy: propagationOf(inputs) },
    });
    if (annotationIsTrue(inputs, annotations.skipAwait) && skippable.has(kind.kind)) return;
    const target = { ...kind, metadata: { name, namespace: namespace || namespaceOf(live), uid } };
    await waitUntilGone(api, target, {
      timeoutSeconds: seconds,
      cancelled: context.cancelled,
      progress: (message) => context.progress(message),
      warn: (message) => context.progressWarning(message),
    });
    context.progress("");
  } catch (error) {
    if (isNotFound(error) || error instanceof UnknownKind) return;
    throw new Error(`deleting ${kind.kind} ${nameOf(live)} failed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
