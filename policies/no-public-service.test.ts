import { describe, expect, test } from "vitest";
import { noPublicService } from "./no-public-service.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";

const service = (spec?: object) => object("Service", "mlflow", { spec });
const way = "give it a route of the gateway";

describe("no-public-service", () => {
  test.each([{ type: "ClusterIP" }, { externalIPs: [] }, undefined])(
    "a Service of %j passes",
    async (spec) => {
      expect(await violations(noPublicService, service(spec))).toEqual([]);
    },
  );

  test.each([
    [{ type: "LoadBalancer" }, "is a LoadBalancer"],
    [{ type: "NodePort" }, "is a NodePort"],
    [{ externalIPs: ["192.0.2.1"] }, "has external addresses"],
  ])("a Service of %j fails", async (spec, exposure) => {
    expect(await violations(noPublicService, service(spec))).toEqual([
      `Service isotherm-prod/mlflow: ${exposure}; ${way}`,
    ]);
  });

  test("an Ingress fails", async () => {
    expect(await violations(noPublicService, object("Ingress", "mlflow"))).toEqual([
      `Ingress isotherm-prod/mlflow: is public; ${way}`,
    ]);
  });

  test("config allows one by namespace and name", async () => {
    const config = { allowed: ["isotherm-prod/mlflow"] };
    expect(await violations(noPublicService, service({ type: "NodePort" }), { config })).toEqual(
      [],
    );
    const other = { allowed: ["isotherm-dev/mlflow"] };
    expect(
      await violations(noPublicService, service({ type: "NodePort" }), { config: other }),
    ).toHaveLength(1);
  });

  test("a type that is not known yet is neither passed nor failed", async () => {
    await expect(violations(noPublicService, service({ type: unknown.text }))).rejects.toThrow(
      isUnknown,
    );
  });
});
