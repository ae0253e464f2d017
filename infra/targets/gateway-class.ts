import { controllerName } from "../../components/gateway/envoy-gateway-config.ts";

/** As much of a GatewayClass as says what it can do. */
export interface GatewayClassObject {
  spec: { controllerName: string };
  status?: { supportedFeatures?: { name: string }[] };
}

/**
 * The features, by the Gateway API's names, that a class does not report. Envoy Gateway, which is bundled, has them all
 * and reports none.
 */
export function missingFeatures(
  { spec, status }: GatewayClassObject,
  features: readonly string[],
): string[] {
  if (spec.controllerName === controllerName) return [];
  const reported = status?.supportedFeatures?.map(({ name }) => name) ?? [];
  return features.filter((feature) => !reported.includes(feature));
}
