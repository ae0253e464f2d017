import { ApiException, type KubeConfig } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { missingFeatures, requireGatewayClass, type GatewayClassObject } from "./gateway-class.ts";

const mirror = "HTTPRouteRequestMirror";
const status = (...names: string[]) => ({ supportedFeatures: names.map((name) => ({ name })) });

test.each([
  ["reports it", { spec: { controllerName: "other" }, status: status("HTTPRoute", mirror) }, []],
  ["reports others", { spec: { controllerName: "other" }, status: status("HTTPRoute") }, [mirror]],
  ["reports nothing", { spec: { controllerName: "other" } }, [mirror]],
  [
    "is the bundled one",
    { spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" } },
    [],
  ],
])("of a class that %s, the features that are missing are named", (_, gatewayClass, missing) => {
  expect(missingFeatures(gatewayClass, [mirror])).toEqual(missing);
});

/** A cluster with the one class, or with none. */
function clusterWith(gatewayClass?: GatewayClassObject): KubeConfig {
  const getClusterCustomObject = ({ name }: { name: string }) =>
    gatewayClass !== undefined && name === "shared"
      ? Promise.resolve(gatewayClass)
      : Promise.reject(new ApiException(404, "not found", {}, {}));
  return { makeApiClient: () => ({ getClusterCustomObject }) } as unknown as KubeConfig;
}
const other = { spec: { controllerName: "other" }, status: status("HTTPRoute") };
const percentage = "HTTPRouteRequestPercentageMirror";

test("T-02 a shadow is refused where the class does not report what copies requests, with the way out", async () => {
  await expect(
    requireGatewayClass(clusterWith(other), "shared", [mirror, percentage]),
  ).rejects.toThrow(
    `GatewayClass "shared" does not report ${mirror} and ${percentage}, which a shadow needs: ` +
      "leave the shadow out, or name a class that reports it under isotherm:gateway.class",
  );
});

test("a class that reports what is needed, or of which nothing is, is enough", async () => {
  const able = { ...other, status: status(mirror) };
  await expect(requireGatewayClass(clusterWith(able), "shared", [mirror])).resolves.toBeUndefined();
  await expect(requireGatewayClass(clusterWith(other), "shared", [])).resolves.toBeUndefined();
});

test("a cluster without the class is told what makes it", async () => {
  for (const cluster of [clusterWith(), clusterWith(other)]) {
    await expect(requireGatewayClass(cluster, "isotherm", [])).rejects.toThrow(
      'the cluster has no GatewayClass "isotherm": run `pulumi up --stack cluster` first',
    );
  }
});
