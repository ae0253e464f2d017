import { uniqueName } from "../shared/unique-name.ts";
import type { Properties, Value } from "../shared/values.ts";
import { at, isProperties, textAt, Unknown } from "../shared/values.ts";

export const annotations = {
  autonamed: "pulumi.com/autonamed",
  skipAwait: "pulumi.com/skipAwait",
  waitFor: "pulumi.com/waitFor",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  replaceUnready: "pulumi.com/replaceUnready",
  patchForce: "pulumi.com/patchForce",
  patchFieldManager: "pulumi.com/patchFieldManager",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
  lastApplied: "kubectl.kubernetes.io/last-applied-configuration",
} as const;

export function annotation(object: Properties, name: string): string {
  return textAt(object, "metadata", "annotations", name);
}

export function annotationIsTrue(object: Properties, name: string): boolean {
  return annotation(object, name) === "true";
}

/** Sets an annotation, unless metadata or annotations are not known yet and nothing can be put into them. */
export function annotate(object: Properties, name: string, value: string): void {
  const metadata = object["metadata"];
  if (!isProperties(metadata)) return;
  const existing = metadata["annotations"];
  if (existing instanceof Unknown) return;
  metadata["annotations"] = { ...(isProperties(existing) ? existing : {}), [name]: value };
}

/** Sets a field of metadata, making metadata where there is none. */
export function setMetadata(object: Properties, field: "name" | "namespace", value: string): void {
  const metadata = object["metadata"];
  if (metadata instanceof Unknown) return;
  if (isProperties(metadata)) metadata[field] = value;
  else object["metadata"] = { [field]: value };
}

export function dropMetadata(object: Properties, field: string): void {
  const metadata = object["metadata"];
  if (isProperties(metadata)) delete metadata[field];
}

export function nameOf(object: Properties): string {
  return textAt(object, "metadata", "name");
}

export function namespaceOf(object: Properties): string {
  return textAt(object, "metadata", "namespace");
}

/** Whether the object has a name, known or still to come. */
export function isNamed(object: Properties): boolean {
  return nameOf(object) !== "" || metadataIsUnknown(object, "name");
}

export function metadataIsUnknown(object: Properties, field: string): boolean {
  const value: Value | undefined = at(object, "metadata", field);
  return value instanceof Unknown || object["metadata"] instanceof Unknown;
}

/** Who applies an object: as its annotation says, as before, or a new name. */
export function fieldManagerOf(inputs: Properties, previous?: string): string {
  return (
    annotation(inputs, annotations.patchFieldManager) ||
    (previous ?? uniqueName("pulumi-kubernetes-"))
  );
}

/**
 * How long to wait for an object, in seconds: the resource's customTimeouts, else its annotation, else `fallback`.
 */
export function timeoutOf(customSeconds: number, inputs: Properties, fallback: number): number {
  if (customSeconds > 0) return customSeconds;
  const annotated = annotation(inputs, annotations.timeoutSeconds);
  return /^\d+$/.test(annotated) ? Number(annotated) : fallback;
}

export type Propagation = "Orphan" | "Background" | "Foreground";

export function propagationOf(inputs: Properties): Propagation {
  switch (annotation(inputs, annotations.deletionPropagation).toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}
