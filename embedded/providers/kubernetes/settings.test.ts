import { describe, expect, it } from "vitest";
import { Secret, unknown } from "../shared/values.ts";
import { checkSettings, diffSettings } from "./settings.ts";

const kubeconfig = (server: string, extra = ""): string => `
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "${server}" } }]
contexts: [{ name: c, context: { cluster: c, user: u } }, { name: d, context: { cluster: d, user: u } }]
users: [{ name: u, user: { token: "secret${extra}" } }]
current-context: c
`;
const one = kubeconfig("https://one:6443");

describe("a changed provider configuration", () => {
  it("replaces nothing where the kubeconfig still leads to the same cluster", () => {
    const changed = diffSettings(
      { kubeconfig: one },
      { kubeconfig: kubeconfig("https://one:6443", "2") },
    );
    expect(changed).toEqual({ changed: ["kubeconfig"], replaces: [] });
  });

  it("replaces everything where it leads to another", () => {
    const two = kubeconfig("https://two:6443");
    expect(diffSettings({ kubeconfig: one }, { kubeconfig: two }).replaces).toEqual(["kubeconfig"]);
    expect(
      diffSettings({ kubeconfig: new Secret(one) }, { kubeconfig: new Secret(two) }).replaces,
    ).toEqual(["kubeconfig"]);
  });

  it("asks clusterIdentifier first: the same one means the same cluster, another one another", () => {
    const two = kubeconfig("https://two:6443");
    const same = { clusterIdentifier: "x" };
    expect(
      diffSettings({ kubeconfig: one, ...same }, { kubeconfig: two, ...same }).replaces,
    ).toEqual([]);
    expect(
      diffSettings(
        { kubeconfig: one, clusterIdentifier: "x" },
        { kubeconfig: one, clusterIdentifier: "y" },
      ).replaces,
    ).toEqual(["clusterIdentifier"]);
  });

  it("does not replace when the identifier is first given", () => {
    const changed = diffSettings({ kubeconfig: one }, { kubeconfig: one, clusterIdentifier: "x" });
    expect(changed).toEqual({ changed: ["clusterIdentifier"], replaces: [] });
  });

  it("expects the worst of a kubeconfig that is not known yet, unless the identifier stays", () => {
    expect(diffSettings({ kubeconfig: one }, { kubeconfig: unknown }).replaces).toEqual([
      "kubeconfig",
    ]);
    const same = { clusterIdentifier: "x" };
    expect(
      diffSettings({ kubeconfig: one, ...same }, { kubeconfig: unknown, ...same }).replaces,
    ).toEqual([]);
  });

  it("is no change where nothing changed", () => {
    expect(diffSettings({ namespace: "a" }, { namespace: "a" }).changed).toEqual([]);
  });
});

describe("a provider configuration", () => {
  it("is refused where it asks for what this stand-in cannot do", () => {
    expect(checkSettings({ renderYamlToDirectory: "out" })[0]?.property).toBe(
      "renderYamlToDirectory",
    );
    expect(checkSettings({ enableServerSideApply: "false" })[0]?.property).toBe(
      "enableServerSideApply",
    );
    expect(checkSettings({ enableServerSideApply: true, kubeconfig: one })).toEqual([]);
  });
});
