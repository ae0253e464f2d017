import { encode } from "../shared/codec.ts";
import { parsePath } from "../shared/property-path.ts";
import { NotReady } from "../shared/server.ts";
import { uniqueName } from "../shared/unique-name.ts";
import type { Properties } from "../shared/values.ts";
import { clone, containsUnknown, textAt } from "../shared/values.ts";
import type { Api } from "./api.ts";
import { UnknownKind } from "./api.ts";
import { readinessOf } from "./await/readiness.ts";
import { AwaitFailed, waitUntilGone, waitUntilReady } from "./await/wait.ts";
import { checkpoint, fromObject, markSecrets, readCheckpoint, toObject } from "./checkpoint.ts";
import type { Bookkeeping } from "./checkpoint.ts";
import { ApiError, isNotFound } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { idOf, isCustomResourceDefinition, kindOf, parseId } from "./kind.ts";
import type { Kind } from "./kind.ts";
import {
  annotation,
  annotationIsTrue,
  annotations,
  dropMetadata,
  nameOf,
  namespaceOf,
  propagationOf,
  timeoutOf,
} from "./metadata.ts";
import { normalizeInputs, refreshedInputs } from "./normalize.ts";
import { createObject, updateObject } from "./operations.ts";
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

const forgetHint =
  "If the cluster is gone for good, repeat with PULUMI_K8S_DELETE_UNREACHABLE=true to drop its resources from the state";

function reach({ cluster }: Context, hint = ""): Api {
  if (cluster.reachable) return cluster.api;
  const text = `the configured Kubernetes cluster is unreachable: ${cluster.reason}`;
  throw new Error(hint === "" ? text : `${text}. ${hint}`);
}

/** Whether the API server can compute the outcome beforehand: everything is known, and so is the kind. */
async function canDryRun({ cluster }: Context, inputs: Properties): Promise<boolean> {
  if (!cluster.reachable || containsUnknown(inputs)) return false;
  try {
    await cluster.api.endpoint(kindOf(inputs));
    return true;
  } catch {
    return false;
  }
}

function fieldManager(inputs: Properties, bookkeeping: Partial<Bookkeeping> = {}): string {
  return (
    annotation(inputs, annotations.patchFieldManager) ||
    (bookkeeping.fieldManager ?? uniqueName("pulumi-kubernetes-"))
  );
}

/**
 * Makes a resource and waits for it. At preview the API server computes the outcome; where it cannot yet, `state` is
 * undefined and the outcome is the inputs.
 * @throws NotReady if the object was made but did not become ready
 */
export async function createResource(
  context: Context,
  request: { inputs: Properties; timeoutSeconds: number; preview: boolean },
): Promise<{ id: string; state?: Properties }> {
  const inputs = toObject(request.inputs);
  const { preview } = request;
  if (preview && !(await canDryRun(context, inputs))) return { id: "" };
  const api = reach(context);
  const manager = fieldManager(inputs);
  const bookkeeping = { fieldManager: manager, initialApiVersion: textAt(inputs, "apiVersion") };
  const stateOf = (live: Properties) => checkpoint(inputs, live, request.inputs, bookkeeping);

  let live: Properties;
  try {
    const options = { fieldManager: manager, dryRun: preview };
    live = await createObject(api, inputs, options, context);
  } catch (error) {
    if (preview && cannotTell(error)) return { id: "" };
    throw new Error(`creating ${nameIn(inputs)} failed: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (preview) {
    delete live["status"];
    return { id: "", state: stateOf(live) };
  }
  live = await settle(context, api, inputs, live, request.timeoutSeconds, stateOf);
  if (isCustomResourceDefinition(inputs)) api.forget();
  return { id: idOf(live), state: stateOf(live) };
}

/** Refusals of a dry run that say nothing about the real run: no right to ask, a namespace still to come. */
function cannotTell(error: unknown): boolean {
  if (!(error instanceof ApiError)) return error instanceof UnknownKind;
  return error.code === 403 || error.code === 404 || /does not support dry run/.test(error.message);
}

function nameIn(inputs: Properties): string {
  return `${textAt(inputs, "kind")} ${idOf(inputs)}`;
}

/** Waits for an object just written; a failure carries the state that was reached. */
async function settle(
  context: Context,
  api: Api,
  inputs: Properties,
  written: Properties,
  customSeconds: number,
  stateOf: (live: Properties) => Properties,
): Promise<Properties> {
  const notReady = (object: Properties, reasons: readonly string[]): NotReady =>
    new NotReady(`${nameIn(object)} exists but is not ready: ${reasons.join("; ")}`, {
      id: idOf(object),
      state: encode(stateOf(object)),
      reasons,
    });
  try {
    const readiness = readinessOf(inputs);
    if (readiness === undefined) return written;
    const live = await waitUntilReady(api, written, readiness, {
      timeoutSeconds: timeoutOf(customSeconds, inputs, readiness.timeoutSeconds),
      cancelled: context.cancelled,
      progress: (message) => context.progress(message),
      warn: (message) => context.progressWarning(message),
    });
    context.progress("");
    return live;
  } catch (error) {
    // Whatever went wrong, the object is there: forgetting it would make the next update stumble over it.
    if (error instanceof AwaitFailed) throw notReady(error.object, error.reasons);
    throw notReady(written, [(error as Error).message]);
  }
}

/**
 * Changes a resource and waits for it. Undefined at preview where the outcome cannot be computed.
 * @throws NotReady if it was changed but did not become ready
 */
export async function updateResource(
  context: Context,
  request: {
    state: Properties;
    inputs: Properties;
    timeoutSeconds: number;
    preview: boolean;
    ignoreChanges: readonly string[];
  },
): Promise<Properties | undefined> {
  const { preview } = request;
  const inputs = normalizeInputs(toObject(request.inputs));
  if (preview && !(await canDryRun(context, inputs))) return undefined;
  const api = reach(context);
  const old = readCheckpoint(request.state);
  const manager = fieldManager(inputs, old.bookkeeping);
  const bookkeeping = {
    fieldManager: manager,
    initialApiVersion: old.bookkeeping.initialApiVersion ?? textAt(inputs, "apiVersion"),
  };
  const stateOf = (live: Properties) => checkpoint(inputs, live, request.inputs, bookkeeping);

  let live: Properties;
  try {
    live = await updateObject(api, inputs, {
      fieldManager: manager,
      previousManager: old.bookkeeping.fieldManager ?? manager,
      dryRun: preview,
      ignored: request.ignoreChanges.map(parsePath),
    });
  } catch (error) {
    if (preview && error instanceof ApiError && error.code === 403) return undefined;
    throw new Error(`updating ${nameIn(inputs)} failed: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (preview) return stateOf(live);
  live = await settle(context, api, inputs, live, request.timeoutSeconds, stateOf);
  if (isCustomResourceDefinition(inputs)) api.forget();
  return stateOf(live);
}

/**
 * Reads a resource from the cluster: for a refresh, for `Foo.get`, for an import. Undefined where it is not there.
 * @throws NotReady if it is there but not ready, as refresh wants to know
 */
export async function readResource(
  context: Context,
  request: { kind: Kind; id: string; inputs: Properties; state: Properties },
): Promise<{ id: string; state: Properties; inputs: Properties } | undefined> {
  if (!context.cluster.reachable) {
    if (context.deleteUnreachable) return undefined;
    reach(context, forgetHint);
  }
  const api = reach(context);
  const old = readCheckpoint(request.state);
  const given = normalizeInputs(toObject(request.inputs));
  const isFirstSight = textAt(given, "kind") === "" && textAt(old.live, "kind") === "";
  const kind = firstKind(given, old.live, request.kind);
  const { namespace, name } = parseId(request.id);
  if (name === "") throw new Error(`"${request.id}" is no id: want <name> or <namespace>/<name>`);

  const where = namespace || namespaceOf(given) || namespaceOf(old.live);
  const live = await findLive(api, kind, where, name);
  if (live === undefined) return undefined;
  const inputs = isFirstSight ? derivedInputs(live) : refreshedInputs(live, given);
  const bookkeeping = {
    fieldManager: fieldManager(given, old.bookkeeping),
    initialApiVersion: old.bookkeeping.initialApiVersion ?? kind.apiVersion,
  };
  const state = checkpoint(inputs, live, request.inputs, bookkeeping);
  const readInputs = fromObject(inputs);
  markSecrets(readInputs, request.inputs);
  const problems = isFirstSight ? [] : await unreadiness(api, given, live);
  if (problems.length > 0) {
    throw new NotReady(`${nameIn(live)} is not ready: ${problems.join("; ")}`, {
      id: request.id,
      state: encode(state),
      inputs: encode(readInputs),
      reasons: problems,
    });
  }
  return { id: request.id, state, inputs: readInputs };
}

function firstKind(...candidates: [Properties, Properties, Kind]): Kind {
  const [inputs, live, fallback] = candidates;
  for (const object of [inputs, live]) if (textAt(object, "kind") !== "") return kindOf(object);
  return fallback;
}

async function findLive(
  api: Api,
  kind: Kind,
  namespace: string,
  name: string,
): Promise<Properties | undefined> {
  try {
    return await api.find(kind, namespace, name);
  } catch (error) {
    // Its definition is gone, and with it every object of the kind.
    if (error instanceof UnknownKind) return undefined;
    throw error;
  }
}

const filledIn = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"];

/** The inputs a program would have had to give for an object somebody else made. */
function derivedInputs(live: Properties): Properties {
  const inputs = clone(live);
  delete inputs["status"];
  for (const field of filledIn) dropMetadata(inputs, field);
  const metadata = inputs["metadata"] as Properties;
  const marks = metadata["annotations"] as Properties | undefined;
  if (marks) {
    delete marks["deployment.kubernetes.io/revision"];
    delete marks[annotations.lastApplied];
    if (Object.keys(marks).length === 0) delete metadata["annotations"];
  }
  return inputs;
}

async function unreadiness(api: Api, inputs: Properties, live: Properties): Promise<string[]> {
  const readiness = readinessOf(inputs);
  if (!readiness?.onRead) return [];
  const verdict = await readiness.judge(api, live);
  if (verdict.ready) return [];
  const problems = await readiness.problems?.(api, live).catch(() => []);
  return [verdict.message, ...(problems ?? [])];
}

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
