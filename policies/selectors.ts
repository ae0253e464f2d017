import type { PolicyResource } from "@pulumi/policy";
import { podOf } from "./pods.ts";

type Labels = Readonly<Record<string, string>>;

export interface Metadata {
  name?: string;
  namespace?: string;
  labels?: Labels;
}

/** Where an object is, as Kubernetes would call it. */
export function placeOf(resource: Pick<PolicyResource, "props">): {
  namespace: string;
  name: string;
} {
  const { metadata } = resource.props as { metadata?: Metadata };
  return { namespace: metadata?.namespace ?? "default", name: metadata?.name ?? "" };
}

/** Whether an object's pods have all these labels; no labels select nothing, as in a Service. */
export function runsPodsWith(
  { type, props }: Pick<PolicyResource, "type" | "props">,
  selector: Labels | undefined,
): boolean {
  const labels = podOf(type, props)?.metadata?.labels ?? {};
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
