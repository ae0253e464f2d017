import { encode } from "../shared/codec.ts";
import { NotReady } from "../shared/server.ts";
import type { Properties } from "../shared/values.ts";
import { clone, textAt } from "../shared/values.ts";
import type { Api } from "./api.ts";
import { UnknownKind } from "./api.ts";
import { readinessOf } from "./await/readiness.ts";
import { checkpoint, markSecrets, readCheckpoint, toObject } from "./checkpoint.ts";
import type { Context } from "./context.ts";
import { forgetHint, reach } from "./context.ts";
import { describe, kindOf, parseId } from "./kind.ts";
import type { Kind } from "./kind.ts";
import { annotations, dropMetadata, fieldManagerOf, namespaceOf } from "./metadata.ts";
import { normalizeInputs, refreshedInputs } from "./normalize.ts";

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
    fieldManager: fieldManagerOf(given, old.bookkeeping.fieldManager),
    initialApiVersion: old.bookkeeping.initialApiVersion ?? kind.apiVersion,
  };
  const state = checkpoint(inputs, live, request.inputs, bookkeeping);
  const readInputs = clone(inputs);
  markSecrets(readInputs, request.inputs);
  const problems = isFirstSight ? [] : await unreadiness(api, given, live);
  if (problems.length > 0) {
    throw new NotReady(`${describe(live)} is not ready: ${problems.join("; ")}`, {
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
