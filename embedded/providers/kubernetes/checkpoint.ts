import type { Properties, Value } from "../shared/values.ts";
import {
  clone,
  containsSecret,
  isList,
  isProperties,
  revealAll,
  Secret,
} from "../shared/values.ts";
import { annotations, dropMetadata } from "./metadata.ts";
import { isKind } from "./kind.ts";

// Keys a property of an object in Pulumi state must not have, and what they are called there.
const schemaKeys = [
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
];
const toState = new Map(schemaKeys.map((key) => [key, key.replaceAll("-", "_")]));
const toCluster = new Map(schemaKeys.map((key) => [key.replaceAll("-", "_"), key]));

/** A Kubernetes object from properties: secrets opened, schema keys as Kubernetes spells them. */
export function toObject(properties: Properties): Properties {
  return renameAll(revealAll(properties), toCluster);
}

/** Properties from a Kubernetes object. */
export function fromObject(object: Properties): Properties {
  return renameAll(object, toState);
}

function renameAll(object: Properties, names: ReadonlyMap<string, string>): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(object)) {
    result[names.get(key) ?? key] = rename(value, names);
  }
  return result;
}

function rename(value: Value, names: ReadonlyMap<string, string>): Value {
  if (isList(value)) return value.map((item) => rename(item, names));
  return isProperties(value) ? renameAll(value, names) : value;
}

/** What of a resource is kept in state, apart from the live object itself. */
export interface Bookkeeping {
  readonly initialApiVersion: string;
  readonly fieldManager: string;
}

/**
 * The state of a resource, laid out as the official provider lays it out: the live object, and beside it the inputs,
 * the API version it was made with and the field manager that owns its fields.
 * @param secretsFrom inputs as given, for knowing which values are secret
 */
export function checkpoint(
  inputs: Properties,
  live: Properties,
  secretsFrom: Properties,
  { initialApiVersion, fieldManager }: Bookkeeping,
): Properties {
  const state = fromObject(withoutNoise(live));
  const inputState = fromObject(inputs);
  markSecrets(state, secretsFrom);
  markSecrets(inputState, secretsFrom);
  return {
    ...state,
    __inputs: inputState,
    __initialApiVersion: initialApiVersion,
    __fieldManager: fieldManager,
  };
}

function withoutNoise(live: Properties): Properties {
  const object = clone(live);
  dropMetadata(object, "managedFields");
  const metadata = object["metadata"];
  if (isProperties(metadata) && isProperties(metadata["annotations"])) {
    delete metadata["annotations"][annotations.lastApplied];
    if (Object.keys(metadata["annotations"]).length === 0) delete metadata["annotations"];
  }
  return object;
}

/** The parts of a state made by {@link checkpoint}. */
export function readCheckpoint(state: Properties): {
  inputs: Properties;
  live: Properties;
  bookkeeping: Partial<Bookkeeping>;
} {
  const { __inputs, __initialApiVersion, __fieldManager, ...live } = toObject(state);
  return {
    inputs: isProperties(__inputs) ? __inputs : {},
    live,
    bookkeeping: {
      ...(typeof __initialApiVersion === "string" && { initialApiVersion: __initialApiVersion }),
      ...(typeof __fieldManager === "string" && { fieldManager: __fieldManager }),
    },
  };
}

/**
 * Marks as secret in `target` what is secret in `source`. A list with a secret anywhere in it is secret as a whole: its
 * order may change on the way. The data of a Secret is always secret, whoever wrote it.
 */
export function markSecrets(target: Properties, source: Properties): void {
  if (target["kind"] === "Secret") {
    for (const field of ["data", "stringData"]) {
      const value = target[field];
      if (value !== undefined && !(value instanceof Secret)) target[field] = new Secret(value);
    }
    if (isKind(target, "v1", "Secret")) return;
  }
  for (const [key, given] of Object.entries(source)) {
    const value = target[key];
    if (value === undefined || value instanceof Secret) continue;
    if (isProperties(value) && isProperties(given)) markSecrets(value, given);
    else if (containsSecret(given)) target[key] = new Secret(value);
  }
}
