import { hasSlot } from "./model-schema.ts";
import type { EnvironmentConfig } from "./schema.ts";

/** Features of the Gateway API, by its own names, that the models need beyond what every class has. */
export function gatewayFeatures(models: EnvironmentConfig["models"]): string[] {
  const shadows = Object.values(models).flatMap(({ shadow }) => shadow ?? []);
  const features = shadows.map(({ percent }) =>
    percent === 100 ? "HTTPRouteRequestMirror" : "HTTPRouteRequestPercentageMirror",
  );
  return [...new Set(features)];
}

/** Whether a model's number of servers follows the CPU in use. */
export function hasAutoscaler(models: EnvironmentConfig["models"]): boolean {
  return Object.values(models).some((model) => hasSlot(model) && "max" in model.scale);
}
