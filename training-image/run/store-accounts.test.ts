import { spawn, type ChildProcess } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ObjectStore } from "../../contracts/object-store.ts";
import { ensureReader } from "./object-reader.ts";

// Against the object store that is bundled, where set-up has built it on this machine.
const [server] = globSync(join(homedir(), ".cache/isotherm/tools/versitygw-*/bin/versitygw"));
const title = server === undefined ? " (needs versitygw, which `npm start` builds)" : "";

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe.skipIf(server === undefined)(`the reader of releases${title}`, () => {
  const admin = { accessKeyId: "ADMIN", secretAccessKey: "admin-secret" };
  const keys = { accessKeyId: "READER", secretAccessKey: "reader-secret" };
  let folder: string;
  let running: ChildProcess;
  let endpoint: string;
  const region = "us-east-1";
  const as = (user: typeof admin) => new ObjectStore({ endpoint, region, ...user, retries: 0 });
  const ensure = (reader = keys) =>
    ensureReader({ endpoint, region, admin, reader, bucket: "isotherm" });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "isotherm-reader-"));
    for (const name of ["iam", "versions", "buckets"]) mkdirSync(join(folder, name));
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    const words = [
      "--quiet",
      `--port=127.0.0.1:${port}`,
      "--health=/health",
      `--iam-dir=${folder}/iam`,
    ];
    const posix = ["posix", `--versioning-dir=${folder}/versions`, `${folder}/buckets`];
    running = spawn(server ?? "", [...words, ...posix], {
      stdio: "ignore",
      env: { ROOT_ACCESS_KEY: admin.accessKeyId, ROOT_SECRET_KEY: admin.secretAccessKey },
    });
    for (let turn = 0; turn < 100; turn++) {
      if (
        await fetch(`${endpoint}/health`).then(
          (answer) => answer.ok,
          () => false,
        )
      )
        break;
      await sleep(100);
    }
    for (const bucket of ["isotherm", "mlflow-artifacts"]) {
      await as(admin).createBucket(bucket);
      await as(admin).put(bucket, "a", "what is there");
    }
    await ensure();
  });
  afterAll(() => {
    running.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it("reads and lists releases", async () => {
    const reader = as(keys);
    expect(new TextDecoder().decode(await reader.get("isotherm", "a"))).toBe("what is there");
    expect(await reader.list("isotherm", "")).toEqual(["a"]);
    expect(await reader.has("isotherm", "a")).toBe(true);
    expect(await reader.get("isotherm", "none")).toBeUndefined();
  });

  it("writes nothing, deletes nothing, and reads nothing else", async () => {
    const reader = as(keys);
    await expect(reader.put("isotherm", "a", "another")).rejects.toThrow("403 AccessDenied");
    await expect(reader.putOnce("isotherm", "b", "new")).rejects.toThrow("403 AccessDenied");
    await expect(reader.delete("isotherm", "a")).rejects.toThrow("403 AccessDenied");
    await expect(reader.get("mlflow-artifacts", "a")).rejects.toThrow("403 AccessDenied");
    await expect(reader.createBucket("mine")).rejects.toThrow("403 AccessDenied");
    await expect(
      ensureReader({ endpoint, region, admin: keys, reader: keys, bucket: "isotherm" }),
    ).rejects.toThrow("to make the reader answered 403");
    expect(await as(admin).list("isotherm", "")).toEqual(["a"]);
  });

  it("made again with another secret has that one alone", async () => {
    await ensure({ ...keys, secretAccessKey: "second-secret" });
    await expect(as(keys).get("isotherm", "a")).rejects.toThrow("SignatureDoesNotMatch");
    const again = as({ ...keys, secretAccessKey: "second-secret" });
    expect(await again.has("isotherm", "a")).toBe(true);
  });
});
