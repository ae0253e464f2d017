import type { PropertyPath } from "../shared/property-path.ts";
import { covers, formatPath } from "../shared/property-path.ts";
import type { Properties, Value } from "../shared/values.ts";
import { equal, isList, isProperties, Unknown } from "../shared/values.ts";
import { isEmpty, isFreeForm, meaningfulWhenEmpty } from "./normalize.ts";
import { touches } from "./replace-table.ts";

export interface Change {
  readonly path: PropertyPath;
  readonly kind: "add" | "delete" | "update";
  readonly replace: boolean;
}

export interface Comparison {
  /** The live object as state has it, pruned to the old inputs. */
  readonly old: Properties;
  readonly inputs: Properties;
  readonly oldInputs: Properties;
  readonly immutable: readonly PropertyPath[];
  readonly ignored: readonly PropertyPath[];
  /** Kubernetes leaves empty values out of the objects it defines itself; absent and empty are the same there. */
  readonly emptyMeansAbsent: boolean;
}

/** What new inputs change, each path as deep as the change is. Lists are compared item by item, in order. */
export function compare(comparison: Comparison): Change[] {
  const changes: Change[] = [];
  const record = (path: PropertyPath, kind: Change["kind"], value: Value | undefined): void => {
    if (comparison.ignored.some((ignored) => covers(ignored, path))) return;
    const replace =
      comparison.immutable.some((field) => touches(field, path, value)) ||
      (kind === "delete" && formatPath(path) === "metadata");
    changes.push({ path, kind, replace });
  };

  const walk = (
    path: PropertyPath,
    old: Value | undefined,
    value: Value | undefined,
    oldInput: Value | undefined,
  ): void => {
    if (value === undefined) {
      if (old !== undefined) record(path, "delete", undefined);
    } else if (old === undefined) {
      const dropped = comparison.emptyMeansAbsent && isDropped(path, value, oldInput);
      if (!dropped) record(path, "add", value);
    } else if (value instanceof Unknown) {
      record(path, "update", value);
    } else if (isProperties(old) && isProperties(value)) {
      const before = isProperties(oldInput) ? oldInput : {};
      for (const key of new Set([...Object.keys(old), ...Object.keys(value)])) {
        walk([...path, key], old[key], value[key], before[key]);
      }
    } else if (isList(old) && isList(value)) {
      const before = isList(oldInput) ? oldInput : [];
      for (let index = 0; index < Math.max(old.length, value.length); index++) {
        walk([...path, index], old[index], value[index], before[index]);
      }
    } else if (!equal(old, value)) {
      record(path, "update", value);
    }
  };

  walk([], comparison.old, comparison.inputs, comparison.oldInputs);
  return changes;
}

function isDropped(path: PropertyPath, value: Value, oldInput: Value | undefined): boolean {
  if (isFreeForm(path.at(-2))) return false;
  if (value === "") return !meaningfulWhenEmpty.has(String(path.at(-1)));
  if (isList(value) && value.length === 0) return true;
  // A zero or {} that is new may well mean something; one that was there before was dropped then.
  return isEmpty(value) && equal(value, oldInput);
}
