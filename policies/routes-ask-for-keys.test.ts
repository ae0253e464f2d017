import { describe, expect, test } from "vitest";
import { routesAskForKeys } from "./routes-ask-for-keys.ts";
import { isUnknown, stackViolations, unknown } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const labels = { app: "wine" };
const keys = { volumeMounts: [{ name: "api-keys", mountPath: "/etc/isotherm-keys" }] };
const servers = (container: object) =>
  object("Deployment", "wine", { spec: running(container, {}, labels) });
const service = (selector?: object) => object("Service", "wine-blue", { spec: { selector } });
const route = (kind: "HTTPRoute" | "GRPCRoute" = "HTTPRoute", name: unknown = "wine-blue") =>
  object(kind, "wine", { spec: { rules: [{ backendRefs: [{ name }] }] } });
const secured = (kind: string, method: object) =>
  object("SecurityPolicy", "wine", { spec: { targetRefs: [{ kind, name: "wine" }], ...method } });

describe("routes-ask-for-keys", () => {
  test.each(["HTTPRoute", "GRPCRoute"] as const)(
    "a %s to servers with keys passes",
    async (kind) => {
      expect(
        await stackViolations(routesAskForKeys, [route(kind), service(labels), servers(keys)]),
      ).toEqual([]);
    },
  );

  test("servers without keys fail", async () => {
    expect(
      await stackViolations(routesAskForKeys, [route(), service(labels), servers({})]),
    ).toEqual(["HTTPRoute wine: Service wine-blue leads to servers that ask for no key"]);
  });

  test("one Deployment without keys among several is enough to fail", async () => {
    const stack = [route(), service(labels), servers(keys), servers({})];
    expect(await stackViolations(routesAskForKeys, stack)).toHaveLength(1);
  });

  test("a Service that nobody declared, or that selects nothing, fails", async () => {
    expect(await stackViolations(routesAskForKeys, [route(), servers(keys)])).toEqual([
      "HTTPRoute wine: Service wine-blue is not declared, so that nobody knows who answers",
    ]);
    expect(await stackViolations(routesAskForKeys, [route(), service(), servers(keys)])).toEqual([
      "HTTPRoute wine: Service wine-blue selects nothing that is declared, so that nobody knows who answers",
    ]);
  });

  test("the gateway may ask in their place, if it does and for this route", async () => {
    const open = [route(), service(labels), servers({})];
    const asks = { apiKeyAuth: {} };
    expect(await stackViolations(routesAskForKeys, [...open, secured("HTTPRoute", asks)])).toEqual(
      [],
    );
    expect(
      await stackViolations(routesAskForKeys, [...open, secured("GRPCRoute", asks)]),
    ).toHaveLength(1);
    expect(
      await stackViolations(routesAskForKeys, [...open, secured("HTTPRoute", { cors: {} })]),
    ).toHaveLength(1);
  });

  test("a route without rules leads nowhere", async () => {
    expect(await stackViolations(routesAskForKeys, [object("HTTPRoute", "wine")])).toEqual([]);
  });

  test("a Service that is not known yet is told, and other routes are judged", async () => {
    const stack = [route("HTTPRoute", unknown.text), route("GRPCRoute"), servers({})];
    expect(await stackViolations(routesAskForKeys, stack)).toEqual([
      "GRPCRoute wine: Service wine-blue is not declared, so that nobody knows who answers",
      expect.stringMatching(isUnknown),
    ]);
  });
});
