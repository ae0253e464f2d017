import { describe, expect, it } from "vitest";
import { builtInScope, idOf, kindOfType, nameOfUrn, parseId, typeOfUrn } from "./kind.ts";

describe("kinds", () => {
  it.each([
    ["kubernetes:core/v1:Namespace", "v1", "Namespace"],
    ["kubernetes:apps/v1:Deployment", "apps/v1", "Deployment"],
    [
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
      "gateway.networking.k8s.io/v1",
      "HTTPRoute",
    ],
    ["kubernetes:example.org/v1:WishList", "example.org/v1", "WishList"],
  ])("%s is %s %s", (type, apiVersion, kind) => {
    expect(kindOfType(type)).toEqual({ apiVersion, kind });
  });

  it.each([
    ["kubernetes:core/v1:ConfigMapPatch", /patch resources/],
    ["kubernetes:core/v1:PodList", /list resources/],
    ["kubernetes:helm.sh/v3:Release", /not supported by this stand-in/],
    ["kubernetes:yaml/v2:ConfigGroup", /not supported by this stand-in/],
    ["kubernetes:kustomize/v2:Directory", /not supported by this stand-in/],
    ["aws:s3/bucket:Bucket", /does not belong/],
    ["kubernetes:nonsense", /names no group and version/],
  ])("%s is refused", (type, message) => {
    expect(() => kindOfType(type)).toThrow(message);
  });

  it("are read from URNs, whose names may hold colons and whose types have parents", () => {
    const urn =
      "urn:pulumi:dev::isotherm::isotherm:registry:Registry$kubernetes:core/v1:Secret::a::b";
    expect(typeOfUrn(urn)).toBe("kubernetes:core/v1:Secret");
    expect(nameOfUrn(urn)).toBe("a::b");
  });

  it("know their scope where Kubernetes defines them", () => {
    expect(builtInScope({ apiVersion: "v1", kind: "Namespace" })).toBe("Cluster");
    expect(builtInScope({ apiVersion: "v1", kind: "Pod" })).toBe("Namespaced");
    expect(
      builtInScope({ apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass" }),
    ).toBeUndefined();
  });

  it("have ids with the namespace where there is one", () => {
    expect(idOf({ metadata: { name: "a", namespace: "n" } })).toBe("n/a");
    expect(idOf({ metadata: { name: "a" } })).toBe("a");
    expect(parseId("n/a")).toEqual({ namespace: "n", name: "a" });
    expect(parseId("a")).toEqual({ namespace: "", name: "a" });
  });
});
