import { CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { controllerName } from "../../components/gateway/envoy-gateway-config.ts";
import { orMissing } from "./or-missing.ts";

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

/**
 * Makes sure that a GatewayClass is there and reports what the models need.
 * @throws pulumi.RunError that names what is missing, and the way out
 */
export async function requireGatewayClass(
  kubeConfig: KubeConfig,
  name: string,
  features: readonly string[],
): Promise<void> {
  const gatewayClass = (await orMissing(
    kubeConfig.makeApiClient(CustomObjectsApi).getClusterCustomObject({
      group: "gateway.networking.k8s.io",
      version: "v1",
      plural: "gatewayclasses",
      name,
    }),
  )) as GatewayClassObject | undefined;
  if (gatewayClass === undefined) {
    throw new pulumi.RunError(
      `the cluster has no GatewayClass "${name}": run \`pulumi up --stack cluster\` first`,
    );
  }
  const missing = missingFeatures(gatewayClass, features);
  if (missing.length > 0) {
    throw new pulumi.RunError(
      `GatewayClass "${name}" does not report ${missing.join(" and ")}, which a shadow needs: ` +
        "leave the shadow out, or name a class that reports it under isotherm:gateway.class",
    );
  }
}
