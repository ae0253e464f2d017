import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import { execaSync } from "execa";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, describe, expect, it } from "vitest";
import { packProvider, standInMark } from "./pack.ts";
import type { StandIn } from "./pack.ts";
import { decode, encode } from "./shared/codec.ts";

const work = mkdtempSync(join(tmpdir(), "isotherm-pack-"));
const children: ReturnType<typeof spawn>[] = [];

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(work, { recursive: true });
});

/** Packs and unpacks a provider, starts it as the engine does, and connects. */
async function start(name: StandIn) {
  const archive = join(work, `${name}.tar.gz`);
  await packProvider(name, "9.8.7", archive);
  const folder = mkdtempSync(join(work, "unpacked-"));
  execaSync("tar", ["-xzf", archive, "-C", folder]);
  const child = spawn(join(folder, `pulumi-resource-${name}`), ["127.0.0.1:1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (data: Buffer) => resolve(String(data).trim()));
    child.once("exit", (code) => reject(new Error(`the plugin ended with ${code}`)));
  });
  const client = new providerServices.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
  );
  return { archive, child, client };
}

describe("a packed provider", () => {
  it("is one small archive that starts, says its version, and ends on SIGTERM", async () => {
    const { archive, child, client } = await start("random");
    expect(statSync(archive).size).toBeLessThan(400_000);
    const version = await new Promise((resolve, reject) => {
      client.getPluginInfo(new emptyProto.Empty(), (error, info) => {
        if (error) reject(error);
        else resolve(info.getVersion());
      });
    });
    expect(version).toBe("9.8.7");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("carries the mark of a stand-in before everything else, with what it was made from", async () => {
    const archive = join(work, "marked.tar.gz");
    await packProvider("random", "9.8.7", archive, "abc");
    const { stdout } = execaSync("tar", ["-tzf", archive]);
    expect(stdout.split("\n")).toEqual([standInMark, "pulumi-resource-random", "package.json"]);
    expect(execaSync("tar", ["-xzOf", archive, standInMark]).stdout).toBe("abc");
  });

  it("plans without a cluster, and says which one it cannot reach when it has to", async () => {
    const { client } = await start("kubernetes");
    const configure = new providerProto.ConfigureRequest();
    const kubeconfig = JSON.stringify({
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      contexts: [{ name: "c", context: { cluster: "c" } }],
      "current-context": "c",
    });
    configure.getVariablesMap().set("kubernetes:config:kubeconfig", kubeconfig);
    await new Promise<void>((resolve, reject) => {
      client.configure(configure, (error) => (error ? reject(error) : resolve()));
    });
    const urn = "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::x";
    const check = new providerProto.CheckRequest();
    check.setUrn(urn);
    check.setNews(encode({ apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } }));
    const checked = await new Promise<providerProto.CheckResponse>((resolve, reject) => {
      client.check(check, (error, response) => (error ? reject(error) : resolve(response)));
    });
    expect(decode(checked.getInputs())).toMatchObject({
      metadata: { name: expect.stringMatching(/^x-[0-9a-f]{8}$/), namespace: "default" },
    });
    const create = new providerProto.CreateRequest();
    create.setUrn(urn);
    create.setProperties(checked.getInputs());
    const failure = await new Promise<string>((resolve) => {
      client.create(create, (error) => resolve(error?.details ?? ""));
    });
    expect(failure).toMatch(
      /cluster is unreachable: cannot reach https:\/\/127\.0\.0\.1:1.*ECONNREFUSED/,
    );
  });
});
