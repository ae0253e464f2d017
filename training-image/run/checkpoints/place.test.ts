import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets } from "../../../contracts/names.ts";
import { FakePlatform } from "../../testing/platform.ts";
import { type CheckpointPlace, folderPlace, objectPlace } from "./place.ts";

let folder: string;
let platform: FakePlatform;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isotherm-checkpoints-"));
  platform = await new FakePlatform().start();
});
afterEach(async () => {
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
});

const places: Record<string, () => CheckpointPlace> = {
  "a folder": () => folderPlace(join(folder, "made", "here"), "job"),
  "the object store": () =>
    objectPlace(platform.services().objects, buckets.releases, "checkpoints", "demo/job"),
};

describe.each(Object.entries(places))("%s", (_, place) => {
  it("holds two, each of which may be written over and taken away", async () => {
    expect(await place().read("a")).toBeUndefined();
    await place().write("a", Uint8Array.of(1));
    await place().write("b", Uint8Array.of(2));
    await place().write("a", Uint8Array.of(3));
    expect([...(await place().read("a"))!]).toEqual([3]);
    expect([...(await place().read("b"))!]).toEqual([2]);
    for (let time = 0; time < 2; time++) await place().remove("a");
    expect(await place().read("a")).toBeUndefined();
    expect([...(await place().read("b"))!]).toEqual([2]);
  });
});

const monthAgo = new Date(Date.now() - 30 * 86_400_000);
const dayAgo = new Date(Date.now() - 86_400_000);

describe("checkpoints of Jobs that never came to their end", () => {
  it("go from a folder by their age, and nothing else that lies there", async () => {
    const old = ["gone.train-gone-1.a", "gone.train-gone-1.b.part", "notes.txt"];
    for (const name of [...old, "here.train-here-1.a"]) await writeFile(join(folder, name), "");
    for (const name of old) await utimes(join(folder, name), monthAgo, monthAgo);
    const removed = await folderPlace(folder, "job").removeOlder(dayAgo);
    expect(removed.sort()).toEqual(old.slice(0, 2));
    expect((await readdir(folder)).sort()).toEqual(["here.train-here-1.a", "notes.txt"]);
    expect(await folderPlace(join(folder, "none"), "job").removeOlder(dayAgo)).toEqual([]);
  });

  it("go from the object store by their age, over all pages, and nothing beside them", async () => {
    const { objects } = platform.services();
    const old = ["checkpoints/a/1.a", "checkpoints/a/1.b", "checkpoints/b/1.2.a"];
    const others = ["blobs/sha256/1", "checkpoints/a/2.a", "checkpoints/a/2.b"];
    for (const key of [...old, ...others]) await objects.put(buckets.releases, key, "");
    for (const key of [...old, "blobs/sha256/1"]) {
      platform.s3.modified.set(`${buckets.releases}/${key}`, monthAgo);
    }
    const place = objectPlace(objects, buckets.releases, "checkpoints", "a/2");
    expect(await place.removeOlder(dayAgo)).toEqual(old);
    expect(await objects.list(buckets.releases, "")).toEqual(others);
  });
});

describe("a folder of checkpoints", () => {
  it("keeps the whole one where a write was cut off, and leaves nothing behind", async () => {
    const place = folderPlace(folder, "job");
    await place.write("a", Uint8Array.of(1));
    await writeFile(join(folder, "job.a.part"), "half a checkp");
    expect([...(await place.read("a"))!]).toEqual([1]);
    await place.write("a", Uint8Array.of(2));
    expect(await readdir(folder)).toEqual(["job.a"]);
    await writeFile(join(folder, "job.a.part"), "half a checkp");
    await place.remove("a");
    expect(await readdir(folder)).toEqual([]);
  });

  it("that cannot be written to says so", async () => {
    await writeFile(join(folder, "file"), "");
    const place = folderPlace(join(folder, "file", "below"), "job");
    await expect(place.write("a", Uint8Array.of(1))).rejects.toThrow("ENOTDIR");
  });
});
