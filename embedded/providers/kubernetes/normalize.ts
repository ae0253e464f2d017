import type { Properties, Value } from "../shared/values.ts";
import { clone, containsUnknown, isList, isProperties } from "../shared/values.ts";
import { isBuiltIn, isCustomResourceDefinition, isKind } from "./kind.ts";
import { dropMetadata } from "./metadata.ts";
import { canonicalQuantity } from "./quantity.ts";

const readOnlyMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/**
 * Inputs in the form the API server will answer with, so that two ways of writing the same thing make no difference.
 * Custom resources stay as they are: only their controller knows what is equivalent.
 */
export function normalizeInputs(inputs: Properties): Properties {
  const object = clone(inputs);
  if (!containsUnknown(object) && isBuiltIn(String(object["apiVersion"] ?? ""))) {
    if (isCustomResourceDefinition(object)) normalizeDefinition(object);
    else if (isKind(object, "v1", "Secret")) normalizeSecret(object);
    else if (isProperties(object["spec"])) {
      object["spec"] = normalizeQuantities(object["spec"], object["kind"] === "LimitRange");
    }
  }
  for (const field of readOnlyMetadata) dropMetadata(object, field);
  return object;
}

function normalizeDefinition(object: Properties): void {
  delete object["status"];
  const spec = object["spec"];
  if (isProperties(spec) && spec["preserveUnknownFields"] === false) {
    delete spec["preserveUnknownFields"];
  }
}

function normalizeSecret(object: Properties): void {
  const given = object["data"];
  const data: Properties = {};
  if (isProperties(given)) {
    for (const [key, value] of Object.entries(given)) data[key] = recode(value);
  }
  const text = object["stringData"];
  if (isProperties(text)) {
    for (const [key, value] of Object.entries(text)) {
      data[key] = Buffer.from(String(value), "utf8").toString("base64");
    }
    delete object["stringData"];
  }
  if (isProperties(given) || Object.keys(data).length > 0) object["data"] = data;
}

/** Base64 without line breaks; what is no base64 is left for the API server to refuse. */
function recode(value: Value): Value {
  if (typeof value !== "string" || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) return value;
  return Buffer.from(value, "base64").toString("base64");
}

const quantityMaps: ReadonlySet<string> = new Set([
  "requests",
  "limits",
  "capacity",
  "hard",
  "overhead",
]);
const limitRangeMaps: ReadonlySet<string> = new Set([
  "max",
  "min",
  "default",
  "defaultRequest",
  "maxLimitRequestRatio",
]);
const quantities: ReadonlySet<string> = new Set(["sizeLimit", "divisor", "averageValue"]);

// Maps whose keys users choose: nothing in them has a meaning of its own, and empty values in them are kept.
const freeForm: ReadonlySet<string | number | undefined> = new Set([
  "annotations",
  "binaryData",
  "data",
  "labels",
  "matchLabels",
  "nodeSelector",
  "parameters",
  "selector",
  "stringData",
]);

export function isFreeForm(key: string | number | undefined): boolean {
  return freeForm.has(key);
}

/** Fields in which "" says something other than leaving them out: no class at all, instead of the default one. */
export const meaningfulWhenEmpty: ReadonlySet<string> = new Set([
  "ingressClassName",
  "loadBalancerClass",
  "runtimeClassName",
  "storageClassName",
  "volumeAttributesClassName",
]);

/** Whether a value is what Kubernetes leaves out of its own objects: nothing, zero, or made of such. */
export function isEmpty(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  if (isProperties(value)) return Object.values(value).every(isEmpty);
  return value === "" || value === 0 || value === false || value === null;
}

function normalizeQuantities(value: Value, limitRange: boolean): Value {
  if (isList(value)) return value.map((item) => normalizeQuantities(item, limitRange));
  if (!isProperties(value)) return value;
  const result: Properties = {};
  for (const [key, item] of Object.entries(value)) {
    const isMap = quantityMaps.has(key) || (limitRange && limitRangeMaps.has(key));
    if (freeForm.has(key)) {
      result[key] = item;
    } else if (isMap && isProperties(item)) {
      result[key] = Object.fromEntries(
        Object.entries(item).map(([name, amount]) => [name, canonical(amount)]),
      );
    } else if (quantities.has(key) || (key === "value" && isMetricTarget(value))) {
      result[key] = canonical(item);
    } else {
      result[key] = normalizeQuantities(item, limitRange);
    }
  }
  return result;
}

/** The target of an autoscaler's metric, the one place where a field as plain as `value` is a quantity. */
function isMetricTarget(value: Properties): boolean {
  return ["AverageValue", "Utilization", "Value"].includes(String(value["type"] ?? ""));
}

function canonical(value: Value): Value {
  if (typeof value !== "string" && typeof value !== "number") return value;
  return canonicalQuantity(value) ?? value;
}

/**
 * The part of a live object that the program's inputs speak about: keys the inputs lack are what cluster and other
 * managers filled in.
 */
export function pruneToShape(live: Properties, shape: Properties): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(live)) {
    if (key in shape) result[key] = pruneValue(value, shape[key] ?? null);
  }
  return result;
}

function pruneValue(live: Value, shape: Value): Value {
  if (isProperties(live) && isProperties(shape)) return pruneToShape(live, shape);
  if (!isList(live) || !isList(shape)) return live;
  if (live.length === 0 || shape.length === 0) return [];
  if (kindOfValue(live[0]) !== kindOfValue(shape[0])) return live;
  return live.slice(0, shape.length).map((item, index) => pruneValue(item, shape[index] ?? null));
}

function kindOfValue(value: Value | undefined): string {
  return isList(value) ? "list" : typeof value;
}

/**
 * Inputs as a refresh finds them: the live values, and beside them the empty ones the API server left out, which are no
 * drift.
 */
export function refreshedInputs(live: Properties, given: Properties): Properties {
  const pruned = pruneToShape(live, given);
  return isBuiltIn(String(given["apiVersion"] ?? "")) ? restoreEmpty(pruned, given) : pruned;
}

function restoreEmpty(pruned: Properties, given: Properties): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(given)) {
    const found = pruned[key];
    if (found === undefined) {
      if (isEmpty(value)) result[key] = value;
    } else if (isProperties(found) && isProperties(value) && !isFreeForm(key)) {
      result[key] = restoreEmpty(found, value);
    } else if (isList(found) && isList(value) && found.length === value.length) {
      result[key] = found.map((item, index) => {
        const before = value[index];
        return isProperties(item) && isProperties(before) ? restoreEmpty(item, before) : item;
      });
    } else {
      result[key] = found;
    }
  }
  return result;
}
