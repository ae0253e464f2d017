import { formatPath, parsePath } from "../shared/property-path.ts";
import type { Properties } from "../shared/values.ts";
import { isProperties, textAt } from "../shared/values.ts";
import { markSecrets, readCheckpoint, toObject } from "./checkpoint.ts";
import type { Change } from "./diff.ts";
import { compare } from "./diff.ts";
import { builtInScope, isBuiltIn, isCustomResourceDefinition, kindOf, nameOfUrn } from "./kind.ts";
import type { Kind } from "./kind.ts";
import {
  annotationIsTrue,
  annotations,
  dropMetadata,
  isNamed,
  metadataIsUnknown,
  nameOf,
  namespaceOf,
  setMetadata,
} from "./metadata.ts";
import { adoptName, assignName } from "./naming.ts";
import type { Autonaming } from "./naming.ts";
import { normalizeInputs, pruneToShape } from "./normalize.ts";
import { judgeJob } from "./await/workloads.ts";
import { immutableFields } from "./replace-table.ts";
import type { Context } from "./context.ts";

/**
 * The inputs a resource is planned with: normalised, named, in a namespace.
 * @throws where they cannot be applied, before anything is touched
 */
export async function checkInputs(
  context: Context,
  request: {
    kind: Kind;
    olds: Properties;
    news: Properties;
    seed: Uint8Array;
    autonaming: Autonaming | undefined;
  },
): Promise<Properties> {
  const { olds, news, kind } = request;
  const inputs = normalizeInputs(toObject(news));
  if (Object.keys(olds).length > 0) {
    adoptName(inputs, toObject(olds));
  } else {
    assignName(inputs, nameOfUrn(context.urn), request.seed, request.autonaming);
  }
  const generated = textAt(inputs, "metadata", "generateName") !== "";
  if (!isNamed(inputs) && (generated || metadataIsUnknown(inputs, "generateName"))) {
    throw new Error("metadata.generateName does not go with server-side apply: set metadata.name");
  }
  await addNamespace(context, inputs, kind);
  if (isCustomResourceDefinition(inputs) && context.cluster.reachable) {
    context.cluster.api.declare(inputs);
  }
  markSecrets(inputs, news);
  return inputs;
}

async function addNamespace(context: Context, inputs: Properties, kind: Kind): Promise<void> {
  const { cluster } = context;
  if (cluster.namespace === "" || namespaceOf(inputs) !== "") return;
  if (metadataIsUnknown(inputs, "namespace")) return;
  if (await isNamespaced(context, kind)) setMetadata(inputs, "namespace", cluster.namespace);
}

async function isNamespaced({ cluster }: Context, kind: Kind): Promise<boolean> {
  if (cluster.reachable) return cluster.api.isNamespaced(kind);
  return builtInScope(kind) !== "Cluster";
}

export interface Plan {
  readonly details: readonly { path: string; kind: Change["kind"]; replace: boolean }[];
  /** Reasons to replace that are no changed property. */
  readonly extraReplaces: readonly string[];
  /** Whether a replacement needs the name of what it replaces, so that the old object has to go first. */
  readonly keepsName: boolean;
}

/** What new inputs change about a resource, compared with the live object as state has it. */
export async function diffInputs(
  context: Context,
  request: { state: Properties; news: Properties; ignoreChanges: readonly string[] },
): Promise<Plan> {
  const checkpoint = readCheckpoint(request.state);
  const oldInputs = normalizeInputs(checkpoint.inputs);
  const inputs = normalizeInputs(toObject(request.news));
  const old = pruneToShape(checkpoint.live, oldInputs);
  const liveName = nameOf(checkpoint.live);

  for (const object of [old, inputs]) {
    if (!(await isNamespaced(context, kindOf(inputs)))) dropMetadata(object, "namespace");
    else if (namespaceOf(object) === "" && !metadataIsUnknown(object, "namespace")) {
      setMetadata(object, "namespace", "default");
    }
  }
  for (const field of ["apiVersion", "kind"]) old[field] ??= inputs[field] ?? "";
  dropMetadata(old, "resourceVersion");
  if (nameOf(inputs) !== "") setMetadata(old, "name", liveName);

  const changes = compare({
    old,
    inputs,
    oldInputs,
    immutable: immutableFields(inputs, context.mutable),
    ignored: request.ignoreChanges.map(parsePath),
    emptyMeansAbsent: isBuiltIn(textAt(inputs, "apiVersion")),
  });
  return {
    details: changes.map(({ path, kind, replace }) => ({ path: formatPath(path), kind, replace })),
    extraReplaces: await unreadyJob(context, inputs, checkpoint.live),
    keepsName:
      isNamed(inputs) &&
      !annotationIsTrue(inputs, annotations.autonamed) &&
      nameOf(inputs) === liveName &&
      namespaceOf(inputs) === namespaceOf(checkpoint.live),
  };
}

/** The annotation `pulumi.com/replaceUnready` asks for a new Job where the present one did not complete. */
async function unreadyJob(
  context: Context,
  inputs: Properties,
  live: Properties,
): Promise<string[]> {
  if (!annotationIsTrue(inputs, annotations.replaceUnready)) return [];
  if (!context.cluster.reachable || inputs["kind"] !== "Job" || !isProperties(live)) return [];
  const job = await context.cluster.api.find(kindOf(live), namespaceOf(live), nameOf(live));
  const done = job === undefined || judgeJob(job).ready;
  return done ? [] : [`metadata.annotations["${annotations.replaceUnready}"]`];
}
