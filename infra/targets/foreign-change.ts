import type { ForeignChange } from "../live.ts";

/** Who owns which fields of an object, as Kubernetes keeps it (`metadata.managedFields`). */
export interface ManagedFields {
  manager?: string | undefined;
  subresource?: string | undefined;
  time?: Date | string | undefined;
  fieldsV1?: unknown;
}

/** Whether what Kubernetes writes of owned fields has a path, such as `["spec", "rules"]`. */
export function owns(fields: unknown, path: readonly string[]): boolean {
  return ownedAt(fields, path) !== undefined;
}

/** Names of the owned fields below a path. */
export function ownedBelow(fields: unknown, path: readonly string[]): string[] {
  const found = ownedAt(fields, path);
  return Object.keys(found ?? {}).flatMap((key) => (key.startsWith("f:") ? [key.slice(2)] : []));
}

function ownedAt(fields: unknown, path: readonly string[]): object | undefined {
  let here = fields;
  for (const part of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<string, unknown>)[`f:${part}`];
  }
  return typeof here === "object" && here !== null ? here : undefined;
}

/**
 * The newest change, by anybody but Pulumi, of fields that the program writes. Kubernetes keeps who changed a field last, so
 * that this is empty again when Pulumi has written it anew.
 * @param isOurs whether owned fields are among those that the program writes
 */
export function foreignChange(
  managedFields: readonly ManagedFields[] | undefined,
  isOurs: (fields: unknown) => boolean,
): ForeignChange | undefined {
  const [newest] = (managedFields ?? [])
    .filter(({ manager, subresource, fieldsV1 }) => {
      // A status is its controller's.
      if (subresource !== undefined && subresource !== "") return false;
      return !/^pulumi/.test(manager ?? "") && isOurs(fieldsV1);
    })
    .map(({ manager, time }) => ({
      manager: manager ?? "somebody",
      at: time === undefined ? "" : new Date(time).toISOString(),
    }))
    .toSorted((one, other) => other.at.localeCompare(one.at));
  return newest;
}

/**
 * When owned fields were last written, by anybody; ISO 8601 in UTC. Kubernetes keeps one time for all fields of a writer, so
 * that another one of theirs that changed later makes this later too.
 * @returns undefined where nobody knows
 */
export function lastWrite(
  managedFields: readonly ManagedFields[],
  isOurs: (fields: unknown) => boolean,
): string | undefined {
  return managedFields
    .filter(({ subresource = "", fieldsV1 }) => subresource === "" && isOurs(fieldsV1))
    .flatMap(({ time }) => (time === undefined ? [] : new Date(time).toISOString()))
    .toSorted()
    .at(-1);
}
