import type { Properties } from "../shared/values.ts";
import { isProperties, objectsAt, textAt } from "../shared/values.ts";
import type { PropertyPath } from "../shared/property-path.ts";
import { removeAt, setAt, valueAt } from "../shared/property-path.ts";

// Managers a resource passes from: kubectl, and Pulumi's own client-side apply of earlier days.
const predecessors: readonly (readonly [prefix: string, operation: string])[] = [
  ["kubectl", "Apply"],
  ["kubectl", "Update"],
  ["before-first-apply", "Update"],
  ["pulumi-kubernetes", "Update"],
  ["pulumi-resource-kubernetes", "Update"],
];

function isPredecessor(entry: Properties): boolean {
  const operation = textAt(entry, "operation");
  const manager = textAt(entry, "manager");
  return (
    textAt(entry, "subresource") === "" &&
    predecessors.some(([prefix, kind]) => operation === kind && manager.startsWith(prefix))
  );
}

/**
 * The managed fields of a live object with those of kubectl handed over to `manager`, so that the next apply meets no
 * conflict and can also remove fields. Undefined where there is nothing to hand over.
 */
export function takeOver(live: Properties, manager: string): Properties[] | undefined {
  const entries = objectsAt(live, "metadata", "managedFields");
  const taken = entries.filter(isPredecessor);
  if (taken.length === 0) return undefined;
  const isOwn = (entry: Properties): boolean =>
    entry["manager"] === manager &&
    entry["operation"] === "Apply" &&
    textAt(entry, "subresource") === "";
  const own = entries.find(isOwn);
  const fields = [...(own ? [own] : []), ...taken].map((entry) => entry["fieldsV1"]);
  const merged: Properties = {
    manager,
    operation: "Apply",
    apiVersion: own?.["apiVersion"] ?? textAt(live, "apiVersion"),
    fieldsType: "FieldsV1",
    fieldsV1: fields.filter(isProperties).reduce(mergeFields, {}),
    time: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
  };
  return [...entries.filter((entry) => !isOwn(entry) && !isPredecessor(entry)), merged];
}

function mergeFields(a: Properties, b: Properties): Properties {
  const result = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const existing = result[key];
    result[key] =
      isProperties(existing) && isProperties(value) ? mergeFields(existing, value) : value;
  }
  return result;
}

/**
 * Prepares inputs for an apply in which some paths are not to change: a field that somebody else owns is left to them,
 * any other keeps its live value. Paths through lists cannot be told apart by owner and keep the program's value.
 */
export function keepIgnored(
  inputs: Properties,
  live: Properties,
  manager: string,
  ignored: readonly PropertyPath[],
): void {
  const entries = objectsAt(live, "metadata", "managedFields");
  const owns = (entry: Properties, path: PropertyPath): boolean => {
    const fields = ["fieldsV1", ...path.map((part) => `f:${part}`)];
    return valueAt(entry, fields) !== undefined;
  };
  for (const path of ignored) {
    if (path.some((part) => typeof part === "number" || part === "*")) continue;
    const owners = entries.filter((entry) => owns(entry, path)).map((e) => textAt(e, "manager"));
    const current = valueAt(live, path);
    if (owners.length > 0 && !owners.includes(manager)) removeAt(inputs, path);
    else if (current !== undefined) setAt(inputs, path, current);
  }
}
