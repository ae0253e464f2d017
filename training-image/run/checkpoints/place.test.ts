import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
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
    objectPlace(platform.services().objects, buckets.releases, "checkpoints/demo/job"),
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
