import type { Properties, Value } from "./values.ts";
import { isList, isProperties } from "./values.ts";

/** Where a value sits in a property tree: keys and list indexes from the root. */
export type PropertyPath = readonly (string | number)[];

/** Writes a path the way the engine does: `spec.ports[0].name`, `metadata.annotations["a.b/c"]`. */
export function formatPath(path: PropertyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/[."[\]]/.test(part)) text += `["${part.replaceAll('"', '\\"')}"]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/**
 * Reads a path as users write it in `ignoreChanges`.
 * @throws if a bracket or quote is left open; the message names the path.
 */
export function parsePath(text: string): PropertyPath {
  const path: (string | number)[] = [];
  const pattern = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]/gy;
  let position = 0;
  while (position < text.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (!match) throw new Error(`property path "${text}" is malformed at position ${position}`);
    const [, plain, index, quoted] = match;
    if (plain !== undefined) path.push(plain);
    else if (index !== undefined) path.push(index === "*" ? "*" : Number(index));
    else path.push((quoted ?? "").replaceAll('\\"', '"'));
    position = pattern.lastIndex;
  }
  return path;
}

/** Whether `path` is `pattern` or lies below it; `*` in the pattern stands for any one step. */
export function covers(pattern: PropertyPath, path: PropertyPath): boolean {
  return (
    pattern.length <= path.length &&
    pattern.every((part, index) => part === "*" || part === path[index])
  );
}

/** The value at a path, or undefined. */
export function valueAt(value: Value | undefined, path: PropertyPath): Value | undefined {
  let current = value;
  for (const part of path) {
    if (typeof part === "number") current = isList(current) ? current[part] : undefined;
    else current = isProperties(current) ? current[part] : undefined;
  }
  return current;
}

/** Sets the value at a path of keys, making objects on the way; paths through lists are left alone. */
export function setAt(target: Properties, path: PropertyPath, value: Value): void {
  let current: Properties = target;
  for (const part of path.slice(0, -1)) {
    if (typeof part === "number") return;
    const next = current[part];
    if (next === undefined) {
      const made: Properties = {};
      current[part] = made;
      current = made;
    } else if (isProperties(next)) {
      current = next;
    } else {
      return;
    }
  }
  const last = path.at(-1);
  if (typeof last === "string") current[last] = value;
}

/** Removes the value at a path of keys, if it is there. */
export function removeAt(target: Properties, path: PropertyPath): void {
  const parent = valueAt(target, path.slice(0, -1));
  const last = path.at(-1);
  if (isProperties(parent) && typeof last === "string") delete parent[last];
}
