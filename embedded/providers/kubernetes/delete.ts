import type { Properties } from "../shared/values.ts";
import { textAt } from "../shared/values.ts";
import { UnknownKind, type Api } from "./api.ts";
import { waitUntilGone } from "./await/wait.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { isConflict, isNotFound } from "./client.ts";
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

/**
 * Deletes a resource and waits until it is gone. One that is not there any more is deleted already, also where another
 * object has its name by now: a replacement, or the object of a cluster that was made anew. That one stays.
 */
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
    const uid = textAt(live, "metadata", "uid");
    const target = { ...kind, metadata: { name, namespace: namespace || namespaceOf(live), uid } };
    if (!(await requestDeletion(api, target, propagationOf(inputs)))) return;
    if (annotationIsTrue(inputs, annotations.skipAwait) && skippable.has(kind.kind)) return;
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

/** @returns whether it was the object of this uid that is being deleted; false where another one has its name */
async function requestDeletion(
  api: Api,
  target: Properties,
  propagationPolicy: string,
): Promise<boolean> {
  const uid = textAt(target, "metadata", "uid");
  const path = await api.path(kindOf(target), namespaceOf(target), nameOf(target));
  try {
    const preconditions = uid === "" ? {} : { preconditions: { uid } };
    await api.client.request("DELETE", path, { body: { propagationPolicy, ...preconditions } });
    return true;
  } catch (error) {
    if (uid === "" || !isConflict(error)) throw error;
    const found = await api.client.request("GET", path);
    if (textAt(found, "metadata", "uid") === uid) throw error;
    return false;
  }
}
