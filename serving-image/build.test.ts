import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { build } from "./build.ts";
import { imageEnvironment, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/**
 * The bundle as a container runs it: away from the sources and their packages. Does not prove anything about the base
 * image.
 */
let app: string;
let s3: FakeS3;
beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), "isotherm-serving-app-"));
  await build(app);
  s3 = await startStore();
});
afterAll(async () => {
  await s3?.close();
  await rm(app, { recursive: true, force: true });
});

describe("the bundled server", () => {
  it("serves a release, leaves nothing behind at home, and ends with 0", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "isotherm-home-"));
    const { release } = await storeToy(s3);
    const server = await ServerProcess.start({
      objects: s3.url,
      models: [{ name: "toy", version: "1", release }],
      program: path.join(app, "server.js"),
      variables: { HOME: home },
    });
    try {
      await server.ready();
      const { body } = await server.post("/predict", { features: [[1, 2, 3]] });
      expect(body).toMatchObject({ predictions: ["third"], model: { release } });
      server.terminate();
      expect(await server.exited).toBe(0);
      expect(await readdir(home)).toEqual([]);
      // The thread that observes is a bundle of its own.
      expect([...s3.objects.keys()].filter((key) => key.includes("/audit/dev/toy/"))).toHaveLength(
        1,
      );
    } finally {
      await server.stop();
      await rm(home, { recursive: true, force: true });
    }
  });

  it("is started by its image as tests start it", async () => {
    const dockerfile = await readFile(path.join(import.meta.dirname, "Dockerfile"), "utf8");
    const set = Object.entries(imageEnvironment).map(([name, value]) => `${name}=${value}`);
    expect(dockerfile).toContain(`\nENV ${set.join(" ")}\n`);
    expect(dockerfile).toContain('ENTRYPOINT ["node", "--v8-pool-size=1", "/app/server.js"]');
  });

  it("has the recorder beside it, which says what it misses and never what its key is", async () => {
    const run = promisify(execFile);
    const asked = run("node", [path.join(app, "record.js")], {
      env: { PATH: process.env["PATH"] },
    });
    await expect(asked).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("ISOTHERM_NAMESPACE: is missing") as string,
    });
  });

  it("for arm64 holds that processor's runtime alone, built on any machine", async () => {
    const other = await mkdtemp(path.join(tmpdir(), "isotherm-serving-arm64-"));
    try {
      await build(other, "arm64");
      const libraries = path.join(other, "node_modules/onnxruntime-node/bin/napi-v6/linux");
      expect(await readdir(libraries)).toEqual(["arm64"]);
      for (const name of await readdir(path.join(libraries, "arm64"))) {
        const head = await readFile(path.join(libraries, "arm64", name));
        // The machine in an ELF header: AArch64.
        expect({ name, machine: head.readUInt16LE(18) }).toEqual({ name, machine: 0xb7 });
      }
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it("is under 80 MB, with one platform's runtime", async () => {
    const entries = await readdir(app, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(80e6);
    expect(files.filter((file) => file.endsWith(".node"))).toEqual([
      path.join(
        app,
        "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
      ),
    ]);
  });
});
