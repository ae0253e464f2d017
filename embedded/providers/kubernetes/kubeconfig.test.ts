import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { connection, loadKubeConfig, parseKubeConfig } from "./kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const config = (name: string, user = "token: t"): string => `
clusters: [{ name: ${name}, cluster: { server: "https://${name}:6443", certificate-authority: ca.crt } }]
contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name}, namespace: team } }]
users: [{ name: ${name}, user: { ${user} } }]
current-context: ${name}
`;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

write("ca.crt", "the authority");

describe("kubeconfig", () => {
  it("is read from a path, with files in it relative to it", async () => {
    const target = connection(loadKubeConfig(write("one", config("one"))), {});
    expect(target.server.href).toBe("https://one:6443/");
    expect(target.namespace).toBe("team");
    expect(String(target.tls.ca)).toBe("the authority");
    expect(await target.authorization()).toBe("Bearer t");
  });

  it("is read from its contents, and checks certificates unless told otherwise", () => {
    const text = config("one").replace(
      "certificate-authority: ca.crt",
      "insecure-skip-tls-verify: true",
    );
    expect(connection(loadKubeConfig(text), {}).tls.rejectUnauthorized).toBe(false);
    expect(connection(parseKubeConfig(config("one"), folder), {}).tls.rejectUnauthorized).toBe(
      true,
    );
  });

  it("comes from $KUBECONFIG otherwise, the first of several winning", () => {
    const [first, second] = [write("first", config("first")), write("second", config("second"))];
    vi.stubEnv("KUBECONFIG", `${first}:${join(folder, "missing")}:${second}`);
    const merged = loadKubeConfig("");
    expect(connection(merged, {}).server.host).toBe("first:6443");
    expect(connection(merged, { context: "second" }).server.host).toBe("second:6443");
  });

  it("names what is missing", () => {
    expect(() => connection(parseKubeConfig(config("one")), { context: "two" })).toThrow(
      'no context "two"; it has: one',
    );
    expect(() => connection(parseKubeConfig(config("one")), { cluster: "two" })).toThrow(
      'no server for cluster "two"',
    );
    expect(() => parseKubeConfig("just text")).toThrow(/no clusters/);
    expect(() => parseKubeConfig("a: [")).toThrow(/no YAML/);
  });

  it("gets tokens from a credential helper, once while they last", async () => {
    const log = join(folder, "calls");
    const helper = write(
      "helper.mjs",
      `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(log)}, "x");
       console.log(JSON.stringify({ status: { token: "fresh-" + process.argv[2] + process.env.EXTRA } }))`,
    );
    const exec = `exec: { apiVersion: client.authentication.k8s.io/v1, command: ${process.execPath},
      args: ["${helper}", "arg"], env: [{ name: EXTRA, value: "!" }] }`;
    const target = connection(parseKubeConfig(config("one", exec), folder), {});
    expect(await target.authorization()).toBe("Bearer fresh-arg!");
    expect(await target.authorization()).toBe("Bearer fresh-arg!");
    expect((await import("node:fs")).readFileSync(log, "utf8")).toBe("x");
  });
});
