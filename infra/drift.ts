import type * as pulumi from "@pulumi/pulumi";
import { DriftSchedule } from "../components/monitoring/drift-schedule.ts";
import type { ModelRegistry } from "../components/registry/model-registry.ts";
import type { ModelConfig } from "./model-schema.ts";

export interface DriftSurroundings {
  environment: string;
  namespace: pulumi.Input<string>;
  registry: ModelRegistry;
  /** The training image. */
  image: string;
}

/** Looks at a model's logged answers at given times, where its stack file says when. */
export function declareDrift(
  model: string,
  { drift, shadow, audit }: Pick<ModelConfig, "drift" | "shadow" | "audit">,
  { registry, ...place }: DriftSurroundings,
  opts: pulumi.ComponentResourceOptions,
): void {
  if (drift === undefined) return;
  new DriftSchedule(
    `${model}-drift`,
    {
      ...place,
      ...drift,
      model,
      objects: registry.objects,
      retentionDays: audit.retentionDays,
      hasShadow: shadow !== undefined,
    },
    opts,
  );
}
