import { encode } from "../shared/codec.ts";
import { parsePath } from "../shared/property-path.ts";
import { NotReady } from "../shared/server.ts";
import type { Properties } from "../shared/values.ts";
import { containsUnknown, textAt } from "../shared/values.ts";
import type { Api } from "./api.ts";
import { UnknownKind } from "./api.ts";
import { readinessOf } from "./await/readiness.ts";
import { AwaitFailed, waitUntilReady } from "./await/wait.ts";
import { checkpoint, readCheckpoint, toObject } from "./checkpoint.ts";
import { ApiError, isNotFound } from "./client.ts";
import type { Context } from "./context.ts";
import { reach } from "./context.ts";
import { describe, idOf, isCustomResourceDefinition, kindOf } from "./kind.ts";
import { fieldManagerOf, timeoutOf } from "./metadata.ts";
import { normalizeInputs } from "./normalize.ts";
import { createObject, updateObject } from "./operations.ts";

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
  const manager = fieldManagerOf(inputs);
  const bookkeeping = { fieldManager: manager, initialApiVersion: textAt(inputs, "apiVersion") };
  const stateOf = (live: Properties) => checkpoint(inputs, live, request.inputs, bookkeeping);

  let live: Properties;
  try {
    const options = { fieldManager: manager, dryRun: preview };
    live = await createObject(api, inputs, options, context);
  } catch (error) {
    if (preview && cannotTell(error)) return { id: "" };
    throw new Error(`creating ${describe(inputs)} failed: ${(error as Error).message}`, {
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
    new NotReady(`${describe(object)} exists but is not ready: ${reasons.join("; ")}`, {
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
  const manager = fieldManagerOf(inputs, old.bookkeeping.fieldManager);
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
    if (isNotFound(error)) {
      throw new Error(
        `${describe(inputs)} is not in the cluster any more, though the state has it: run pulumi refresh`,
        { cause: error },
      );
    }
    throw new Error(`updating ${describe(inputs)} failed: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (preview) return stateOf(live);
  live = await settle(context, api, inputs, live, request.timeoutSeconds, stateOf);
  if (isCustomResourceDefinition(inputs)) api.forget();
  return stateOf(live);
}
