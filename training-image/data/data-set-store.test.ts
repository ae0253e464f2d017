import { mkdtemp, readFile, rm, writeFile, mkdir, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { createRandom } from "../engine/random.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { FakePlatform } from "../testing/platform.ts";
import { DataSetStore } from "./data-set-store.ts";
import { localFiles } from "./local-files.ts";
import { pull } from "./pull.ts";

/** K-11 Data sets against a fake object store. */
let platform: FakePlatform;
let folder: string;
beforeEach(async () => {
  platform = await new FakePlatform().start();
  folder = await mkdtemp(join(tmpdir(), "isotherm-data-"));
});
afterEach(async () => {
  await platform.stop();
  await rm(folder, { recursive: true });
});

const store = (options: { fetch?: typeof fetch } = {}) =>
  new DataSetStore(platform.services(options).objects, buckets.releases);
const file = (path: string, content: string | Uint8Array) => ({
  path,
  read: async () => (typeof content === "string" ? new TextEncoder().encode(content) : content),
});
const table = [file("b.csv", "x,y\n1,2\n3,4\n"), file("a/more.jsonl", '{"x":1}\n\n{"x":2}')];
const push = (files = table, version = "1", from = store()) =>
  from.push({ name: "wine", version, files });
const blob = (text: string) => `${buckets.releases}/blobs/sha256/${sha256Hex(text)}`;

describe("a data set in the object store", () => {
  it("K-11 comes back as it went in, with its rows counted", async () => {
    const manifest = await push();
    expect(manifest).toMatchObject({ name: "wine", version: "1", rows: 4 });
    expect(manifest.files.map(({ path }) => path)).toEqual(["a/more.jsonl", "b.csv"]);
    expect(await pull(store(), "wine@1", folder)).toEqual(manifest);
    expect(await readFile(join(folder, "b.csv"), "utf8")).toBe("x,y\n1,2\n3,4\n");
    expect(await readFile(join(folder, "a/more.jsonl"), "utf8")).toContain('{"x":2}');
  });

  it("counts rows of packed and quoted tables, and other files as one each", async () => {
    const quoted = gzipSync('a,b\n"1\n1",2\n\n3,4');
    const files = [file("t.csv.gz", quoted), file("pic.png", "..."), file("pic2.png", "...")];
    expect((await push(files)).rows).toBe(4);
  });

  it("pushed again changes nothing and sends no file again", async () => {
    await push();
    const before = new Map(platform.s3.objects);
    platform.s3.requests.length = 0;
    await push();
    expect(platform.s3.objects).toEqual(before);
    const sent = platform.s3.requests.filter(({ method, path }) => method === "PUT" && path.includes("blobs"));
    expect(sent).toEqual([]);
  });

  it("never changes: other content under the same version is refused, and the first stays", async () => {
    const first = await push();
    await expect(push([file("b.csv", "x\n1\n")])).rejects.toThrow(
      "wine@1 is there with other content: a version never changes, choose another one",
    );
    expect(await store().manifest("wine@1")).toEqual(first);
  });

  it("pushed twice at once with other content has one winner, and the other one is told", async () => {
    const both = await Promise.allSettled([push(), push([file("b.csv", "x\n1\n")])]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("stopped at any request and pushed again ends whole; before that there is no version", async () => {
    for (let deadline = 0; deadline < 5; deadline++) {
      for (const reached of ["before", "after"] as const) {
        platform.s3.objects.clear();
        const dying = store({ fetch: dyingFetch(deadline, reached) });
        await expect(push(table, "1", dying)).rejects.toThrow("dead");
        if (deadline < 4) expect(await store().versions()).toEqual([]);
        await push();
        await pull(store(), "wine@1", folder);
        expect(await store().versions()).toEqual(["wine@1"]);
      }
    }
  });

  it("stopped while it is pulled leaves no half file; pulled again it is whole", async () => {
    await push();
    const random = createRandom(3);
    for (let round = 0; round < 10; round++) {
      const dying = store({ fetch: dyingFetch(Math.floor(3 * random.uniform()), "after") });
      await pull(dying, "wine@1", folder).catch(() => {});
      for (const name of await readdir(folder)) expect(name).toMatch(/^(a|b\.csv)$/);
    }
    await pull(store(), "wine@1", folder);
    expect(await readFile(join(folder, "b.csv"), "utf8")).toBe("x,y\n1,2\n3,4\n");
  });

  it("is not read again where the folder has it, and is where a file there is another one", async () => {
    await push();
    await pull(store(), "wine@1", folder);
    platform.s3.requests.length = 0;
    await pull(store(), "wine@1", folder);
    expect(platform.s3.requests.map(({ path }) => path)).toEqual(["isotherm/datasets/wine/1.json"]);
    await writeFile(join(folder, "b.csv"), "altered");
    await writeFile(join(folder, "mine.txt"), "mine");
    await pull(store(), "wine@1", folder);
    expect(await readFile(join(folder, "b.csv"), "utf8")).toBe("x,y\n1,2\n3,4\n");
    expect(await readFile(join(folder, "mine.txt"), "utf8")).toBe("mine");
  });

  it("that was altered or lost a file is refused with the file's name", async () => {
    await push();
    platform.s3.objects.set(blob("x,y\n1,2\n3,4\n"), Buffer.from("x,y\n1,2\n3,5\n"));
    await expect(pull(store(), "wine@1", folder)).rejects.toThrow(
      /data: b\.csv has been altered: its SHA-256 is [0-9a-f]{64}, wanted/,
    );
    expect(await readdir(folder)).not.toContain("b.csv");
    platform.s3.objects.delete(blob("x,y\n1,2\n3,4\n"));
    await expect(pull(store(), "wine@1", folder)).rejects.toThrow(/data: b\.csv: .* is missing/);
  });

  it("that is not there is refused with the versions that are", async () => {
    await push();
    await push([file("b.csv", "x\n1\n")], "2");
    await expect(store().manifest("wine@3")).rejects.toThrow("there is wine@1, wine@2");
    await expect(store().manifest("beer@1")).rejects.toThrow("there is no version of beer");
  });

  it("is listed with every version, by name or with all others", async () => {
    for (const version of ["1", "2", "10"]) await push(table, version);
    await store().push({ name: "wine-old", version: "1", files: table });
    expect(await store().versions("wine")).toEqual(["wine@1", "wine@10", "wine@2"]);
    expect(await store().versions()).toHaveLength(4);
  });

  it.each(["", "v 1", "../1", "a/b"])("with version '%s' is refused before a file is sent", async (version) => {
    await expect(push(table, version)).rejects.toThrow("a data set's name is");
    expect(platform.s3.requests).toEqual([]);
  });

  it.each([
    ["twice the same path", [table[0]!, table[0]!], /each is there once/],
    ["a path that leaves the folder", [file("../x", "1")], /relative path/],
    ["no file", [], /files: /],
  ])("with %s is refused", async (_, files, message) => {
    await expect(push(files)).rejects.toThrow(message);
    expect(await store().versions()).toEqual([]);
  });
});

describe("local files", () => {
  it("are called by their name, by their path in one folder, or with the folder's name in front", async () => {
    await mkdir(join(folder, "set/sub"), { recursive: true });
    await writeFile(join(folder, "set/one"), "1");
    await writeFile(join(folder, "set/sub/two"), "2");
    const names = async (...paths: string[]) =>
      (await localFiles(paths.map((path) => join(folder, path)))).map(({ path }) => path).sort();
    expect(await names("set/one")).toEqual(["one"]);
    expect(await names("set")).toEqual(["one", "sub/two"]);
    expect(await names("set", "set/one")).toEqual(["one", "set/one", "set/sub/two"]);
    await expect(names("none")).rejects.toThrow("none: there is no such file or folder");
    await mkdir(join(folder, "empty"));
    await expect(names("empty")).rejects.toThrow("there are no files");
  });
});
