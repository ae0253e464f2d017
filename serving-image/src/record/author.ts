import { keys } from "../../../contracts/names.ts";
import type { Author } from "../../../contracts/ledger.ts";
import type { SeenObject } from "./seen-object.ts";

/** Where a field lies, as managed fields write it: `["f:spec", "f:rules"]`. */
export type FieldPath = readonly string[];

export interface Authorship {
  by: Author;
  /** When that manager wrote last; ISO 8601. */
  at: string | undefined;
}

/**
 * Who wrote some fields of an object last, by its managed fields
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). Who deployed, and from which
 * commit, is an annotation: it counts only where the same manager wrote it, since others may leave a stale one behind.
 * @param subresource where the fields lie in one, such as `status`
 */
export function authorOf(
  { metadata }: Pick<SeenObject, "metadata">,
  paths: readonly FieldPath[],
  subresource = "",
): Authorship {
  const [author] = metadata.managedFields
    .filter((entry) => entry.subresource === subresource)
    .filter(({ fieldsV1 }) => paths.some((path) => holds(fieldsV1, path)))
    .toSorted((one, other) => (other.time ?? "").localeCompare(one.time ?? ""));
  if (author === undefined) return { by: { manager: null }, at: undefined };
  const annotated = (key: string) =>
    holds(author.fieldsV1, annotationPath(key)) ? metadata.annotations[key] : undefined;
  const [deployer, commit] = [annotated(keys.deployer), annotated(keys.commit)];
  return {
    by: {
      manager: author.manager,
      ...(deployer === undefined ? {} : { deployer }),
      ...(commit === undefined ? {} : { commit }),
    },
    at: author.time,
  };
}

export function annotationPath(key: string): FieldPath {
  return ["f:metadata", "f:annotations", `f:${key}`];
}

function holds(fields: unknown, path: FieldPath): boolean {
  let inner: unknown = fields;
  for (const step of path) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, step)) return false;
    inner = (inner as Record<string, unknown>)[step];
  }
  return true;
}
