/**
 * Property values as the engine knows them: JSON, plus values that are secret and values that are not known yet.
 */
export type Value =
  null | boolean | number | string | readonly Value[] | Properties | Secret | Unknown;

export interface Properties {
  [key: string]: Value;
}

/** A value the engine keeps encrypted. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** A value that is only known once the resource it comes from exists. */
export class Unknown {}

export const unknown = new Unknown();

export function isProperties(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** The same value with every secret opened. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (isList(value)) return value.map(reveal);
  if (isProperties(value)) return revealAll(value);
  return value;
}

export function revealAll(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, reveal(value)]));
}

export function containsSecret(value: Value | undefined): boolean {
  return contains(value, (leaf) => leaf instanceof Secret);
}

export function containsUnknown(value: Value | undefined): boolean {
  return contains(value, (leaf) => leaf instanceof Unknown);
}

function contains(value: Value | undefined, test: (leaf: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (value instanceof Secret) return contains(value.value, test);
  if (isList(value)) return value.some((item) => contains(item, test));
  if (isProperties(value)) return Object.values(value).some((item) => contains(item, test));
  return false;
}

/** Deep equality. Two unknown values are never equal: nobody can tell. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Secret) return equal(a.value, b instanceof Secret ? b.value : b);
  if (b instanceof Secret) return equal(a, b.value);
  if (a instanceof Unknown || b instanceof Unknown) return false;
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (isProperties(a) && isProperties(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => key in b && equal(a[key], b[key]))
    );
  }
  return a === b;
}

/** A deep copy that may be changed freely. */
export function clone<T extends Value>(value: T): T {
  if (isList(value)) return value.map(clone) as readonly Value[] as T;
  if (isProperties(value)) {
    const copy: Properties = {};
    for (const [key, item] of Object.entries(value)) copy[key] = clone(item);
    return copy as T;
  }
  return value;
}

/** The value at a path of keys, or undefined where the path leaves the objects. */
export function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  let current = value;
  for (const key of path) {
    if (!isProperties(current)) return undefined;
    current = current[key];
  }
  return current;
}

/** The string at a path of keys, or "" where there is none. */
export function textAt(value: Value | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

/** The number at a path of keys, or undefined where there is none. */
export function numberAt(value: Value | undefined, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** The objects of the list at a path of keys. */
export function objectsAt(value: Value | undefined, ...path: readonly string[]): Properties[] {
  const found = at(value, ...path);
  return isList(found) ? found.filter(isProperties) : [];
}
