import { expect, test } from "vitest";
import { missingFeatures } from "./gateway-class.ts";

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
